"""Upstream's inferencer takes our leaves as they are."""

import numpy as np
import pytest
import torch
from mmseg.apis import MMSegInferencer
from PIL import Image

from seg_plugins.config.reading import read_config
from seg_plugins.inference import SegPredictor
from seg_plugins.models import build_network
from tests.commands.base import draw_disc

LEAVES = (
    "configs/unet/unet_tiny_1xb4-3k_camvid-144x192.py",
    "configs/mask_rcnn/mask_rcnn_tiny_1xb4-1k_synth-streets-128x256.py",
)


@pytest.mark.parametrize("leaf", LEAVES)
def test_labels_of_files_and_arrays_are_those_of_the_predictor(leaf, tmp_path):
    torch.manual_seed(0)
    torch.save(dict(state_dict=build_network(read_config(leaf)).state_dict(), meta={}), tmp_path / "w.pth")
    image, _ = draw_disc(np.random.default_rng(0), (90, 120))
    Image.fromarray(image).save(tmp_path / "x.png")
    infer = MMSegInferencer(leaf, str(tmp_path / "w.pth"), device="cpu", show_progress=False)
    wanted = SegPredictor(leaf, tmp_path / "w.pth", device="cpu")(tmp_path / "x.png").labels
    for given in (str(tmp_path / "x.png"), image[..., ::-1].copy()):
        assert (infer(given)["predictions"] == wanted).all()
