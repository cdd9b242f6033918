"""Fast-SCNN, Poudel et al., BMVC 2019, https://arxiv.org/abs/1902.04502.

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
        type="FastSCNN",
        downsample_dw_channels=(32, 48),
        global_in_channels=64,
        global_block_channels=(64, 96, 128),
        global_block_strides=(2, 2, 1),
        global_out_channels=128,
        higher_in_channels=64,
        lower_in_channels=128,
        fusion_out_channels=128,
        out_indices=(0, 1, 2),
        norm_cfg=dict(type="SyncBN", momentum=0.01),
        align_corners=False,
    ),
    decode_head=dict(
        type="DepthwiseSeparableFCNHead",
        in_channels=128,
        in_index=-1,
        channels=128,
        concat_input=False,
        norm_cfg=dict(type="SyncBN", momentum=0.01),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss", use_sigmoid=True, loss_weight=1.0),
    ),
    auxiliary_head=dict(
        type="AuxiliaryHeads",
        common=dict(
            type="FCNHead",
            num_convs=1,
            concat_input=False,
            norm_cfg=dict(type="SyncBN", momentum=0.01),
            loss_decode=dict(type="CrossEntropyLoss", use_sigmoid=True, loss_weight=0.4),
        ),
        heads=[
            dict(in_channels=128, in_index=-2, channels=32),
            dict(in_channels=64, in_index=-3, channels=32),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
