import pytest
from mmengine.config import Config

from seg_plugins.config.type_names import check_type_names
from tests.commands.base import write_run


@pytest.fixture
def cfg(tmp_path):
    return Config.fromfile(write_run(tmp_path))


def test_registered_names_pass(cfg):
    check_type_names(cfg, "disc.py")


@pytest.mark.parametrize(
    "place, name, near",
    [
        ("model.decode_head.type", "FCNHed", "FCNHead"),
        ("train_dataloader.dataset.pipeline.2.type", "RandomCorp", "RandomCrop"),
        ("default_hooks.logger.type", "mmengine.LogerHook", "LoggerHook"),
    ],
)
def test_unknown_name_is_placed_and_answered(cfg, place, name, near):
    cfg.merge_from_dict({place: name})
    with pytest.raises(ValueError, match=rf"disc\.py: {place}='{name}'.*Did you mean .*{near}"):
        check_type_names(cfg, "disc.py")


@pytest.mark.parametrize("value", ["unet", [1, 2], 3])
def test_a_part_that_is_no_dictionary_is_named(cfg, value):
    cfg.model = value
    with pytest.raises(ValueError, match=r"disc\.py: model=.* is no dictionary"):
        check_type_names(cfg, "disc.py")


def test_other_packages_and_import_paths_are_left_alone(cfg):
    cfg.merge_from_dict({"optim_wrapper.optimizer.type": "torch.optim.Adagrad", "model.type": "mmdet.Any"})
    check_type_names(cfg, "disc.py")
