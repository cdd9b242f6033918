import ast
from pathlib import Path

import numpy as np
import pytest
import torch

import seg_plugins.models
from seg_plugins.models import build_network, load_model, tta_settings, usable_device
from tests.models.base import config_for, network_for, pixels_of, write_image


def test_everything_that_training_decided_is_there(tmp_path):
    cfg = config_for(network_for(4, np.uint16), color_type="unchanged")
    weights = build_network(cfg).state_dict()
    meta = dict(dataset_meta=dict(classes=("a", "b"), palette=[[1, 2, 3], [4, 5, 6]]), iter=7)
    torch.save(dict(state_dict=weights, meta=meta), tmp_path / "w.pth")
    loaded = load_model(cfg, tmp_path / "w.pth", device="cpu")
    assert loaded.classes == ("a", "b", "class 2", "class 3", "class 4") and loaded.palette[1].tolist() == [
        4,
        5,
        6,
    ]
    assert loaded.meta["iter"] == 7 and not loaded.network.training and len(loaded.classes) == 5
    assert all(torch.equal(v, weights[k]) for k, v in loaded.network.state_dict().items())
    assert loaded.example((8, 9), 2).shape == (2, 4, 8, 9) and loaded.device.type == "cpu"
    assert loaded.gives_scores and loaded.resize_mode == "bilinear"


def test_weights_that_training_began_with_are_not_asked_for():
    cfg = config_for(network_for(3))
    cfg.model.backbone.init_cfg = dict(type="Pretrained", checkpoint="/nowhere.pth")
    before = cfg.pretty_text
    load_model(cfg, device="cpu").network.init_weights()
    assert cfg.pretty_text == before


def test_bytes_are_read_as_their_file_and_named_as_asked(tmp_path):
    loaded = load_model(config_for(network_for(3)), device="cpu")
    path = write_image(tmp_path / "x.png", pixels_of(np.uint8, 3))
    image = loaded.read_bytes(path.read_bytes(), "upload")
    assert (image.pixels == loaded.read(path).pixels).all() and image.name == "upload"
    with pytest.raises(ValueError, match=r"^image upload is truncated"):
        loaded.read_bytes(path.read_bytes()[:-200], "upload")


@pytest.mark.parametrize("channels", [2, 4])
def test_images_of_other_channels_are_refused(channels):
    loaded = load_model(config_for(network_for(7), color_type="unchanged"), device="cpu")
    with pytest.raises(ValueError, match=f"image x has {channels} channels, but the network takes 7"):
        loaded.read(pixels_of(np.uint8, channels), "x")


def test_one_channel_is_repeated_by_normalisation_or_refused():
    model = network_for(3)
    assert load_model(config_for(model, color_type="unchanged"), device="cpu").read(pixels_of(np.uint8, 1))
    model["data_preprocessor"] = dict(type="SegDataPreProcessor")
    loaded = load_model(config_for(model, color_type="unchanged"), device="cpu")
    with pytest.raises(ValueError, match="image x has 1 channels, but the network takes 3"):
        loaded.read(pixels_of(np.uint8, 1), "x")


def test_a_segmentor_with_a_way_of_its_own_is_known():
    loaded = load_model(config_for(network_for(3)), device="cpu")
    kind = type(loaded.network)
    own = type("Own", (kind,), dict(postprocess_result=lambda self, scores, samples: samples))
    loaded.network.__class__ = own
    assert not loaded.gives_scores


def test_missing_settings_of_views_are_named():
    cfg = config_for(network_for(3))
    assert tta_settings(cfg)[1].type == "PostprocessTTAModel"
    cfg.pop("tta_pipeline")
    with pytest.raises(ValueError, match=r"--tta: the config has no tta_pipeline$"):
        load_model(cfg, tta=True)


@pytest.mark.parametrize("name", ["nonsense", "cuda:99"])
def test_a_device_that_cannot_be_used_is_named(name):
    with pytest.raises(ValueError, match=name):
        usable_device(name)


def test_models_import_no_runner_loop_or_hook():
    """So that a regime may load its teacher by them."""
    modules = sorted(Path(seg_plugins.models.__file__).parent.glob("*.py"))
    assert modules
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
                assert not {"runners", "loops", "hooks"} & {part for n in names for part in n.split(".")}
