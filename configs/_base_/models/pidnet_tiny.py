"""PIDNet in CPU size: a quarter of the channels of PIDNet-S."""

model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="CheckedPreProcessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(
        type="PaddedPIDNet",
        in_channels=3,
        channels=8,
        ppm_channels=16,
        num_stem_blocks=1,
        num_branch_blocks=1,
        align_corners=False,
        norm_cfg=dict(type="BN"),
        act_cfg=dict(type="ReLU", inplace=True),
    ),
    decode_head=dict(
        type="PIDHead",
        in_channels=32,
        channels=32,
        norm_cfg=dict(type="BN"),
        act_cfg=dict(type="ReLU", inplace=True),
        align_corners=True,
        loss_decode=[
            dict(type="CrossEntropyLoss", loss_weight=0.4),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=8192),
            dict(type="BoundaryLoss", loss_weight=20.0),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=8192),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
