"""ERFNet in CPU size: a quarter to half of the channels, half the blocks."""

_base_ = "erfnet_fcn.py"
model = dict(
    backbone=dict(
        enc_downsample_channels=(8, 16, 32),
        enc_stage_non_bottlenecks=(1, 4),
        enc_non_bottleneck_channels=(16, 32),
        dec_upsample_channels=(16, 8),
        dec_stages_non_bottleneck=(1, 1),
        dec_non_bottleneck_channels=(16, 8),
    ),
    decode_head=dict(in_channels=8, channels=32, norm_cfg=dict(type="BN")),
)
