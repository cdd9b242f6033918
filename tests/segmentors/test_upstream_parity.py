"""Our bases and upstream's configs of one variant: the same keys, shapes and numbers."""

from pathlib import Path

import mmseg
import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from tests.segmentors.base import HEADS, WeightsOnMeta, build

CONFIGS = Path(mmseg.__file__).parent / ".mim" / "configs"
PAIRS = {
    "fcn_r50-d8": "fcn/fcn_r50-d8_4xb2-40k_cityscapes-512x1024",
    "fcn_r101-d8": "fcn/fcn_r101-d8_4xb2-40k_cityscapes-512x1024",
    "unet_s5-d16": "unet/unet-s5-d16_fcn_4xb4-160k_cityscapes-512x1024",
    "deeplabv3_r50-d8": "deeplabv3/deeplabv3_r50-d8_4xb2-40k_cityscapes-512x1024",
    "deeplabv3_r101-d8": "deeplabv3/deeplabv3_r101-d8_4xb2-40k_cityscapes-512x1024",
    "deeplabv3plus_r50-d8": "deeplabv3plus/deeplabv3plus_r50-d8_4xb2-40k_cityscapes-512x1024",
    "deeplabv3plus_r101-d8": "deeplabv3plus/deeplabv3plus_r101-d8_4xb2-40k_cityscapes-512x1024",
    "pspnet_r50-d8": "pspnet/pspnet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "pspnet_r101-d8": "pspnet/pspnet_r101-d8_4xb2-40k_cityscapes-512x1024",
    "hrnet_w18": "hrnet/fcn_hr18_4xb2-40k_cityscapes-512x1024",
    "hrnet_w48": "hrnet/fcn_hr48_4xb2-40k_cityscapes-512x1024",
    "segmenter_vit-s": "segmenter/segmenter_vit-s_mask_8xb1-160k_ade20k-512x512",
}
SMALL = ("unet_s5-d16", "hrnet_w18", "pspnet_r50-d8", "segmenter_vit-s", "deeplabv3plus_r50-d8")


def upstream(name):
    cfg = Config.fromfile(CONFIGS / f"{name}.py").model
    cfg.pretrained = None
    return MODELS.build(cfg)


@pytest.fixture(autouse=True)
def scope():
    from mmseg.utils import register_all_modules

    register_all_modules(init_default_scope=True)


@pytest.mark.parametrize("ours", PAIRS)
def test_keys_and_shapes_are_upstreams(ours):
    with WeightsOnMeta():
        theirs = upstream(PAIRS[ours])
        mine = build(ours, theirs.num_classes)
    shapes = [{k: v.shape for k, v in m.state_dict().items()} for m in (mine, theirs)]
    assert shapes[0] == shapes[1]
    assert all(hasattr(mine, h) == hasattr(theirs, h) for h in HEADS)


@pytest.mark.parametrize("ours", SMALL)
def test_equal_weights_give_equal_outputs(ours):
    theirs = upstream(PAIRS[ours]).eval()
    mine = build(ours, theirs.num_classes).eval()
    mine.load_state_dict(theirs.state_dict())
    image = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(mine._forward(image), theirs._forward(image), rtol=0, atol=0)
    normalised = [m.data_preprocessor(dict(inputs=[image[0]], data_samples=[])) for m in (mine, theirs)]
    assert torch.equal(normalised[0]["inputs"], normalised[1]["inputs"])
    assert mine.test_cfg.mode == theirs.test_cfg.mode
