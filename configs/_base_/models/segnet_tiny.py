"""SegNet in CPU size: one convolution a stage, as in the paper's SegNet-Basic, and narrow."""

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
        type="SegNetEncoder", widths=(16, 32, 64, 64, 64), convs=(1, 1, 1, 1, 1), norm_cfg=dict(type="BN")
    ),
    decode_head=dict(
        type="SegNetHead",
        widths=(16, 32, 64, 64, 64),
        convs=(1, 1, 1, 1, 1),
        norm_cfg=dict(type="BN"),
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
