"""CGNet in CPU size: half the channels, one and three blocks."""

_base_ = "cgnet_fcn.py"
model = dict(
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(num_channels=(16, 32, 64), num_blocks=(1, 3), norm_cfg=dict(type="BN")),
    decode_head=dict(in_channels=128, channels=128, norm_cfg=dict(type="BN")),
)
