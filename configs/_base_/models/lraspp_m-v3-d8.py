"""LR-ASPP on MobileNetV3-Large, Howard et al., ICCV 2019, https://arxiv.org/abs/1905.02244.

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
        type="MobileNetV3",
        arch="large",
        out_indices=(1, 3, 16),
        norm_cfg=dict(type="SyncBN", eps=0.001),
        init_cfg=dict(type="BackboneWeights", checkpoint="open-mmlab://contrib/mobilenet_v3_large"),
    ),
    decode_head=dict(
        type="AnySizeLRASPPHead",
        in_channels=(16, 24, 960),
        in_index=(0, 1, 2),
        channels=128,
        input_transform="multiple_select",
        dropout_ratio=0.1,
        norm_cfg=dict(type="SyncBN", eps=0.001),
        act_cfg=dict(type="ReLU"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
