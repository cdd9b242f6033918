"""UPerNet in CPU size: narrow ResNet-18."""

_base_ = "upernet_r18.py"
model = dict(
    backbone=dict(base_channels=16, stem_channels=16, norm_cfg=dict(type="BN"), init_cfg=None),
    decode_head=dict(in_channels=[16, 32, 64, 128], channels=64, norm_cfg=dict(type="BN")),
    auxiliary_head=dict(in_channels=64, channels=32, norm_cfg=dict(type="BN")),
)
