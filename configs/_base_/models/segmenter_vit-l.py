"""Segmenter on ViT-L/16 with the mask transformer, Strudel et al., ICCV 2021, https://arxiv.org/abs/2105.05633.

Modules and keys are MMSegmentation's.
"""

_base_ = "segmenter_vit-s.py"
model = dict(
    backbone=dict(
        img_size=(640, 640),
        embed_dims=1024,
        num_layers=24,
        num_heads=16,
        init_cfg=dict(
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segmenter/vit_large_p16_384_20220308-d4efb41d.pth",
        ),
    ),
    decode_head=dict(in_channels=1024, channels=1024, num_heads=16, embed_dims=1024),
    test_cfg=dict(crop_size=(640, 640), stride=(608, 608)),
)
