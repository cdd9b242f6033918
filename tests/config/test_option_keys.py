import pytest
from mmengine.config import Config

from seg_plugins.config.option_keys import check_option_keys
from tests.commands.base import write_run


@pytest.fixture(scope="module")
def cfg(tmp_path_factory):
    return Config.fromfile(write_run(tmp_path_factory.mktemp("run")))


WRONG = {
    "modle.type": "Did you mean model",
    "model.decode_head.num_clases": "Did you mean num_classes",
    "train_dataloader.dataset.data_rot": "Did you mean data_root",
    "train_cfg.maxiters": "Did you mean max_iters",
    "train_dataloader.batchsize": "Did you mean batch_size",
    "param_scheduler.0.begn": "Did you mean begin",
}
RIGHT = [
    "model.decode_head.num_classes",
    "train_dataloader.dataset.indices",  # not in the config, but the class takes it
    "param_scheduler.0.power",
    "optim_wrapper.clip_grad.max_norm",
    "env_cfg.cudnn_benchmark",
    "load_from",
    "fast",  # as configs/_base_/fast.py says
    "fast.compile",
    "trust_checkpoint",  # as the refusal of a checkpoint says
    "model.init_cfg",
    "randomness.deterministic",
]


@pytest.mark.parametrize("option, hint", WRONG.items())
def test_misspelt_key_is_refused_with_a_near_miss(cfg, option, hint):
    with pytest.raises(ValueError, match=rf"--cfg-options {option}: .*{hint}"):
        check_option_keys(cfg, {option: 1})


@pytest.mark.parametrize("option", RIGHT)
def test_keys_that_something_reads_pass(cfg, option):
    check_option_keys(cfg, {option: 1})


def test_a_key_of_the_type_that_the_options_choose_passes(cfg):
    steps = {"model.postprocess": [{"type": "DenseCRF"}]}
    with pytest.raises(ValueError, match="EncoderDecoder takes no 'postprocess'"):
        check_option_keys(cfg, steps)
    check_option_keys(cfg, {"model.type": "PostprocessEncoderDecoder", **steps})
