"""STDC in CPU size: a quarter of STDC1's channels."""

_base_ = "stdc_stdc1.py"
model = dict(
    backbone=dict(
        backbone_cfg=dict(channels=(8, 16, 64, 128, 256), init_cfg=None),
        last_in_channels=(256, 128),
        out_channels=32,
        ffm_cfg=dict(in_channels=96, out_channels=64),
    ),
    decode_head=dict(in_channels=64, channels=64, sampler=dict(min_kept=4096)),
    auxiliary_head=dict(
        common=dict(sampler=dict(min_kept=4096)),
        heads=[
            dict(in_channels=32, in_index=2, channels=16),
            dict(in_channels=32, in_index=1, channels=16),
            dict(
                type="STDCHead",
                num_classes=2,
                boundary_threshold=0.1,
                in_channels=64,
                in_index=0,
                channels=16,
                sampler=None,
                align_corners=True,
                loss_decode=[
                    dict(type="CrossEntropyLoss", loss_name="loss_ce", use_sigmoid=True),
                    dict(type="DiceLoss", loss_name="loss_dice"),
                ],
            ),
        ],
    ),
)
