"""Segmenter: a vision transformer under a mask transformer; images are scaled to -1..1.

Source: Strudel et al., ICCV 2021, https://arxiv.org/abs/2105.05633. Modules and keys are MMSegmentation's.
Each size adds patches, channels, layers and heads.
"""

_base_ = "encoder_decoder.py"
model = dict(
    data_preprocessor=dict(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5]),
    backbone=dict(
        type="VisionTransformer",
        in_channels=3,
        final_norm=True,
        norm_cfg=dict(type="LN", eps=1e-6),
        with_cls_token=True,
        interpolate_mode="bicubic",
    ),
    decode_head=dict(
        type="SegmenterMaskTransformerHead", dropout_ratio=0.0, loss_decode=dict(type="CrossEntropyLoss")
    ),
)
