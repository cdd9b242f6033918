"""U-Net in CPU size: 16 to 256 channels on the same five levels."""

_base_ = "unet_c64.py"
model = dict(
    backbone=dict(base_channels=16, norm_cfg=dict(type="BN")),
    decode_head=dict(in_channels=16, channels=16),
)
