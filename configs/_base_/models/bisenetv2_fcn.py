"""BiSeNet V2, Yu et al., IJCV 2021, https://arxiv.org/abs/2004.02147.

Modules and keys are MMSegmentation's.
"""

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
        detail_channels=(64, 64, 128),
        semantic_channels=(16, 32, 64, 128),
        semantic_expansion_ratio=6,
        bga_channels=128,
        out_indices=(0, 1, 2, 3, 4),
        align_corners=False,
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=128,
        in_index=0,
        channels=1024,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    auxiliary_head=dict(
        type="AuxiliaryHeads",
        common=dict(
            type="FCNHead",
            num_convs=2,
            concat_input=False,
            norm_cfg=dict(type="SyncBN"),
            loss_decode=dict(type="CrossEntropyLoss"),
        ),
        heads=[
            dict(in_channels=16, in_index=1, channels=16),
            dict(in_channels=32, in_index=2, channels=64),
            dict(in_channels=64, in_index=3, channels=256),
            dict(in_channels=128, in_index=4, channels=1024),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
