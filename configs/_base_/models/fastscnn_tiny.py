"""Fast-SCNN in CPU size: a quarter of the channels, softmax in place of a sigmoid for each class."""

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
        type="FastSCNN",
        downsample_dw_channels=(8, 16),
        global_in_channels=16,
        global_block_channels=(16, 24, 32),
        global_block_strides=(2, 2, 1),
        global_out_channels=32,
        higher_in_channels=16,
        lower_in_channels=32,
        fusion_out_channels=32,
        out_indices=(0, 1, 2),
        norm_cfg=dict(type="BN"),
        align_corners=False,
    ),
    decode_head=dict(
        type="DepthwiseSeparableFCNHead",
        in_channels=32,
        in_index=-1,
        channels=32,
        concat_input=False,
        norm_cfg=dict(type="BN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0),
    ),
    auxiliary_head=dict(
        type="AuxiliaryHeads",
        common=dict(
            type="FCNHead",
            num_convs=1,
            concat_input=False,
            norm_cfg=dict(type="BN"),
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4),
        ),
        heads=[
            dict(in_channels=32, in_index=-2, channels=8),
            dict(in_channels=16, in_index=-3, channels=8),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
