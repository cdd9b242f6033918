"""CGNet in CPU size: half the channels, one and three blocks."""

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
        type="CGNet",
        in_channels=3,
        num_channels=(16, 32, 64),
        num_blocks=(1, 3),
        dilations=(2, 4),
        reductions=(8, 16),
        norm_cfg=dict(type="BN", eps=1e-3),
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=128,
        in_index=2,
        channels=128,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0,
        norm_cfg=dict(type="BN", eps=1e-3),
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
