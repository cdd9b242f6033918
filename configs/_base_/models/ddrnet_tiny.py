"""DDRNet in CPU size: a quarter of the channels of DDRNet-23-slim."""

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
        type="PaddedDDRNet",
        in_channels=3,
        channels=8,
        ppm_channels=16,
        norm_cfg=dict(type="BN"),
        align_corners=False,
    ),
    decode_head=dict(
        type="DDRHead",
        in_channels=32,
        channels=32,
        dropout_ratio=0.0,
        norm_cfg=dict(type="BN"),
        align_corners=False,
        loss_decode=[
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=8192),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=8192, loss_weight=0.4),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
