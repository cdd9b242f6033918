"""ERFNet in CPU size: a quarter to half of the channels, half the blocks."""

model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="CheckedPreProcessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
        test_cfg=dict(size=(8, 8)),  # smaller images are padded
    ),
    backbone=dict(
        type="ERFNet",
        in_channels=3,
        enc_downsample_channels=(8, 16, 32),
        enc_stage_non_bottlenecks=(1, 4),
        enc_non_bottleneck_dilations=(2, 4, 8, 16),
        enc_non_bottleneck_channels=(16, 32),
        dec_upsample_channels=(16, 8),
        dec_stages_non_bottleneck=(1, 1),
        dec_non_bottleneck_channels=(16, 8),
        dropout_ratio=0.1,
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=8,
        in_index=-1,
        channels=32,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
