"""PIDNet in CPU size: a quarter of the channels of PIDNet-S."""

_base_ = "pidnet_s.py"
model = dict(
    backbone=dict(
        channels=8,
        ppm_channels=16,
        num_stem_blocks=1,
        num_branch_blocks=1,
        norm_cfg=dict(type="BN"),
        init_cfg=None,
    ),
    decode_head=dict(
        in_channels=32,
        channels=32,
        norm_cfg=dict(type="BN"),
        loss_decode=[
            dict(type="CrossEntropyLoss", loss_weight=0.4),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=8192),
            dict(type="BoundaryLoss", loss_weight=20.0),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=8192),
        ],
    ),
)
