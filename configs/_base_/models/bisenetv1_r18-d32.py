"""BiSeNet on ResNet-18, Yu et al., ECCV 2018, https://arxiv.org/abs/1808.00897.

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
        type="BiSeNetV1",
        context_channels=(128, 256, 512),
        spatial_channels=(64, 64, 64, 128),
        out_indices=(0, 1, 2),
        out_channels=256,
        backbone_cfg=dict(
            type="ResNet",
            depth=18,
            num_stages=4,
            out_indices=(0, 1, 2, 3),
            dilations=(1, 1, 1, 1),
            strides=(1, 2, 2, 2),
            norm_cfg=dict(type="SyncBN"),
            norm_eval=False,
            style="pytorch",
            contract_dilation=True,
            init_cfg=dict(type="BackboneWeights", checkpoint="torchvision://resnet18"),
        ),
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=256,
        in_index=0,
        channels=256,
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
            num_convs=1,
            concat_input=False,
            norm_cfg=dict(type="SyncBN"),
            loss_decode=dict(type="CrossEntropyLoss"),
        ),
        heads=[
            dict(in_channels=128, in_index=1, channels=64),
            dict(in_channels=128, in_index=2, channels=64),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
