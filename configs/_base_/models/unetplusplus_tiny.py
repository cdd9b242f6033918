"""U-Net++ in CPU size: 8 to 128 channels."""

_base_ = "unetplusplus_c32.py"
model = dict(
    backbone=dict(base_channels=8),
    decode_head=dict(in_channels=8, channels=8),
    auxiliary_head=dict(common=dict(in_channels=8, channels=8)),
)
