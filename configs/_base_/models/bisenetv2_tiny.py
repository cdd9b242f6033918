"""BiSeNet V2 in CPU size: a quarter of the channels."""

_base_ = "bisenetv2_fcn.py"
model = dict(
    backbone=dict(detail_channels=(16, 16, 32), semantic_channels=(8, 16, 16, 32), bga_channels=32),
    decode_head=dict(in_channels=32, channels=64, norm_cfg=dict(type="BN")),
    auxiliary_head=dict(
        common=dict(norm_cfg=dict(type="BN")),
        heads=[
            dict(in_channels=8, in_index=1, channels=8),
            dict(in_channels=16, in_index=2, channels=16),
            dict(in_channels=16, in_index=3, channels=16),
            dict(in_channels=32, in_index=4, channels=32),
        ],
    ),
)
