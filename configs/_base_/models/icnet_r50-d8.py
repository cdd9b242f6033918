"""ICNet on ResNet-50, Zhao et al., ECCV 2018, https://arxiv.org/abs/1704.08545.

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
        test_cfg=dict(size=(16, 16)),  # smaller images are padded
    ),
    backbone=dict(
        type="ICNet",
        backbone_cfg=dict(
            type="ResNetV1c",
            depth=50,
            num_stages=4,
            out_indices=(0, 1, 2, 3),
            dilations=(1, 1, 2, 4),
            strides=(1, 2, 1, 1),
            norm_cfg=dict(type="SyncBN"),
            norm_eval=False,
            style="pytorch",
            contract_dilation=True,
            init_cfg=dict(type="BackboneWeights", checkpoint="open-mmlab://resnet50_v1c"),
        ),
        layer_channels=(512, 2048),
        light_branch_middle_channels=32,
        psp_out_channels=512,
        out_channels=(64, 256, 256),
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
    ),
    neck=dict(
        type="ICNeck",
        in_channels=(64, 256, 256),
        out_channels=128,
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=128,
        in_index=2,
        channels=128,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0,
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    auxiliary_head=dict(
        type="AuxiliaryHeads",
        common=dict(
            type="FCNHead",
            num_convs=1,
            concat_input=False,
            norm_cfg=dict(type="SyncBN"),
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4),
        ),
        heads=[
            dict(in_channels=128, in_index=0, channels=128),
            dict(in_channels=128, in_index=1, channels=128),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
