"""A segmentor of a few hundred weights and a batch for it."""

import torch
from mmengine import ConfigDict
from mmengine.registry import init_default_scope
from mmseg.structures import SegDataSample

NORM = dict(mean=[123.0, 116.0, 103.0], std=[58.0, 57.0, 56.0], bgr_to_rgb=True)
HEAD = dict(type="FCNHead", in_channels=4, channels=4, num_convs=1, norm_cfg=dict(type="BN"))


def small_config(postprocess=None, **head):
    norm = dict(type="BN")
    backbone = dict(
        type="UNet", in_channels=3, base_channels=4, num_stages=2, strides=(1, 1), norm_cfg=norm,
        enc_num_convs=(1, 1), dec_num_convs=(1,), downsamples=(False,),
        enc_dilations=(1, 1), dec_dilations=(1,),
    )  # fmt: skip
    extra = {} if postprocess is None else dict(postprocess=postprocess)
    return ConfigDict(
        backbone=backbone,
        decode_head=HEAD | dict(in_index=1, num_classes=3, align_corners=False) | head,
        data_preprocessor=dict(type="SegDataPreProcessor", **NORM),
        test_cfg=dict(mode="whole"),
        **extra,
    )


def small_model(cls, postprocess=None, **head):
    init_default_scope("mmseg")
    torch.manual_seed(0)
    return cls(**small_config(postprocess, **head)).eval()


def batch(sizes=((16, 24), (16, 24))):
    generator = torch.Generator().manual_seed(1)
    images = [torch.randint(0, 256, (3, *s), generator=generator, dtype=torch.uint8) for s in sizes]
    metas = [dict(ori_shape=s, img_shape=s, pad_shape=s, padding_size=[0] * 4) for s in sizes]
    return dict(inputs=images, data_samples=[SegDataSample(metainfo=m) for m in metas])
