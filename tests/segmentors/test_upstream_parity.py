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
    **{
        f"segformer_mit-b{i}": f"segformer/segformer_mit-b{i}_8xb1-160k_cityscapes-1024x1024"
        for i in range(6)
    },
    **{f"segnext_mscan-{v}": f"segnext/segnext_mscan-{v}_1xb16-adamw-160k_ade20k-512x512" for v in "tsbl"},
    **{
        f"bisenetv1_r{d}-d32": f"bisenetv1/bisenetv1_r{d}-d32_4xb4-160k_cityscapes-1024x1024"
        for d in (18, 50)
    },
    "bisenetv2_fcn": "bisenetv2/bisenetv2_fcn_4xb4-160k_cityscapes-1024x1024",
    **{f"pidnet_{v}": f"pidnet/pidnet-{v}_2xb6-120k_1024x1024-cityscapes" for v in "sml"},
    **{
        f"ddrnet_{v}": f"ddrnet/ddrnet_{v}_in1k-pre_2xb6-120k_cityscapes-1024x1024" for v in ("23-slim", "23")
    },
    **{f"stdc_stdc{i}": f"stdc/stdc{i}_4xb12-80k_cityscapes-512x1024" for i in (1, 2)},
    "fastscnn_fcn": "fastscnn/fast_scnn_8xb4-160k_cityscapes-512x1024",
    "cgnet_fcn": "cgnet/cgnet_fcn_4xb8-60k_cityscapes-512x1024",
    "erfnet_fcn": "erfnet/erfnet_fcn_4xb4-160k_cityscapes-512x1024",
    **{f"icnet_r{d}-d8": f"icnet/icnet_r{d}-d8_4xb2-160k_cityscapes-832x832" for d in (18, 50, 101)},
    **{f"upernet_r{d}": f"upernet/upernet_r{d}_4xb2-80k_cityscapes-512x1024" for d in (18, 50, 101)},
    **{
        f"upernet_swin-{v[0]}": f"swin/swin-{v}-patch4-window7-in1k-pre_upernet_8xb2-160k_ade20k-512x512"
        for v in ("tiny", "small", "base")
    },
    "dpt_vit-b16": "dpt/dpt_vit-b16_8xb2-160k_ade20k-512x512",
    **{
        f"knet_{ours}": f"knet/knet-s3_{theirs}_8xb2-adamw-80k_ade20k-512x512"
        for ours, theirs in (
            ("r50-d8-fcn", "r50-d8_fcn"),
            ("r50-upernet", "r50-d8_upernet"),
            ("swin-t-upernet", "swin-t_upernet"),
        )
    },
    "lraspp_m-v3-d8": "mobilenet_v3/mobilenet-v3-d8_lraspp_4xb4-320k_cityscapes-512x1024",
    "lraspp_m-v3s-d8": "mobilenet_v3/mobilenet-v3-d8-s_lraspp_4xb4-320k_cityscapes-512x1024",
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
