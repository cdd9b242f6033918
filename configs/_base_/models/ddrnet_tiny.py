"""DDRNet in CPU size: a quarter of the channels of DDRNet-23-slim."""

_base_ = "ddrnet_23-slim.py"
model = dict(
    backbone=dict(channels=8, ppm_channels=16, norm_cfg=dict(type="BN"), init_cfg=None),
    decode_head=dict(
        in_channels=32,
        channels=32,
        norm_cfg=dict(type="BN"),
        loss_decode=[
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=8192),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=8192, loss_weight=0.4),
        ],
    ),
)
