"""FCN-8s in CPU size: narrow VGG-16 with batch normalisation; fc6 is 3x3 and keeps the size."""

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
        type="FCNVGG",
        widths=(8, 16, 32, 64, 96),
        fc_channels=128,
        fc_kernel=3,
        fc_padding=1,
        input_padding=1,
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
    ),
    decode_head=dict(
        type="FCNSkipHead",
        in_channels=(32, 64, 128),
        fc_kernel=3,
        fc_padding=1,
        input_padding=1,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
