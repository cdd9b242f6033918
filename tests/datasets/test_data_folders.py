import pytest

from seg_plugins.datasets.data_folders import how_to_get, require_data_folders, require_folder


def config(root, images="images", **more):
    dataset = dict(type="CamVidDataset", data_root=str(root), data_prefix=dict(img_path=images), **more)
    return dict(train_dataloader=dict(dataset=dataset))


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: dict(type="RepeatDataset", dataset=d, times=2),
                                  lambda d: dict(type="ConcatDataset", datasets=[d])])  # fmt: skip
def test_a_missing_root_is_named_with_the_command_that_makes_it(tmp_path, wrap):
    cfg = config(tmp_path / "none")
    cfg["train_dataloader"]["dataset"] = wrap(cfg["train_dataloader"]["dataset"])
    with pytest.raises(FileNotFoundError, match=r"data root .*none does not exist.*prepare\S* camvid"):
        require_data_folders(cfg, ["train_dataloader"])


def test_a_missing_folder_is_named_with_those_beside_it(tmp_path):
    (tmp_path / "imgs").mkdir()
    with pytest.raises(FileNotFoundError, match=r"images of the images does not exist .*\['imgs'\]"):
        require_data_folders(config(tmp_path), ["train_dataloader"])
    require_data_folders(config(tmp_path, "imgs"), ["train_dataloader"])


def test_what_is_elsewhere_or_not_asked_for_is_let_be(tmp_path):
    require_data_folders(config(tmp_path / "none"), ["val_dataloader"])
    require_data_folders(config(tmp_path / "none", backend_args=dict(backend="http")), ["train_dataloader"])
    require_data_folders(dict(train_dataloader=None, val_dataloader=dict(dataset=dict(type="Other"))),
                 ["train_dataloader", "val_dataloader"])  # fmt: skip
    require_folder(str(tmp_path), "images", None)


def test_a_data_set_without_converter_gets_the_other_advice():
    assert how_to_get("", "set data_root") == "set data_root"
