"""LR-ASPP in CPU size: MobileNetV3-Small under a head of 32 channels."""

_base_ = "lraspp_m-v3s-d8.py"
model = dict(
    backbone=dict(norm_cfg=dict(type="BN"), init_cfg=None),
    decode_head=dict(channels=32, norm_cfg=dict(type="BN")),
)
