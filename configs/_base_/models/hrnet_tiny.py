"""HRNet in CPU size: the four resolutions of HRNetV2, 8 channels at the finest, one module per stage."""

_base_ = "hrnet.py"
model = dict(
    backbone=dict(
        norm_cfg=dict(type="BN"),
        extra=dict(
            stage1=dict(num_blocks=(1,), num_channels=(16,)),
            stage2=dict(num_blocks=(1, 1), num_channels=(8, 16)),
            stage3=dict(num_modules=1, num_blocks=(1, 1, 1), num_channels=(8, 16, 32)),
            stage4=dict(num_modules=1, num_blocks=(1, 1, 1, 1), num_channels=(8, 16, 32, 64)),
        ),
    ),
    decode_head=dict(in_channels=[8, 16, 32, 64], channels=120, norm_cfg=dict(type="BN")),
)
