"""U-Net in CPU size: 16 to 256 channels on the same five levels."""

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
    backbone=dict(type="VanillaUNet", base_channels=16, norm_cfg=dict(type="BN")),
    decode_head=dict(
        type="FCNHead",
        in_channels=16,
        in_index=0,
        channels=16,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
