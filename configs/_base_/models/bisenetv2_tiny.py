"""BiSeNet V2 in CPU size: a quarter of the channels."""

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
        type="BiSeNetV2",
        detail_channels=(16, 16, 32),
        semantic_channels=(8, 16, 16, 32),
        semantic_expansion_ratio=6,
        bga_channels=32,
        out_indices=(0, 1, 2, 3, 4),
        align_corners=False,
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=32,
        in_index=0,
        channels=64,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    auxiliary_head=dict(
        type="AuxiliaryHeads",
        common=dict(
            type="FCNHead",
            num_convs=2,
            concat_input=False,
            norm_cfg=dict(type="BN"),
            loss_decode=dict(type="CrossEntropyLoss"),
        ),
        heads=[
            dict(in_channels=8, in_index=1, channels=8),
            dict(in_channels=16, in_index=2, channels=16),
            dict(in_channels=16, in_index=3, channels=16),
            dict(in_channels=32, in_index=4, channels=32),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
