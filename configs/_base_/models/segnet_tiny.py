"""SegNet in CPU size: one convolution per stage, as in the paper's SegNet-Basic, and narrow."""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(
        type="SegNetEncoder", widths=(16, 32, 64, 64, 64), convs=(1, 1, 1, 1, 1), norm_cfg=dict(type="BN")
    ),
    decode_head=dict(
        type="SegNetHead",
        widths=(16, 32, 64, 64, 64),
        convs=(1, 1, 1, 1, 1),
        norm_cfg=dict(type="BN"),
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
)
