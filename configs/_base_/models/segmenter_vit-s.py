"""Segmenter on ViT-S/16 with the mask transformer, Strudel et al., ICCV 2021, https://arxiv.org/abs/2105.05633.

Modules and keys are MMSegmentation's.
"""

_base_ = "segmenter.py"
model = dict(
    backbone=dict(
        img_size=(512, 512),
        patch_size=16,
        embed_dims=384,
        num_layers=12,
        num_heads=6,
        drop_path_rate=0.1,
        attn_drop_rate=0.0,
        drop_rate=0.0,
        init_cfg=dict(
            type="BackboneWeights",
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segmenter/vit_small_p16_384_20220308-410f6037.pth",
        ),
    ),
    decode_head=dict(in_channels=384, channels=384, num_layers=2, num_heads=6, embed_dims=384),
    test_cfg=dict(mode="slide", crop_size=(512, 512), stride=(480, 480)),
)
