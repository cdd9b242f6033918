"""LR-ASPP in CPU size: MobileNetV3-Small under a head of 32 channels."""

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
        arch="small",
        out_indices=(0, 1, 12),
        norm_cfg=dict(type="BN", eps=0.001),
    ),
    decode_head=dict(
        type="AnySizeLRASPPHead",
        in_channels=(16, 16, 576),
        in_index=(0, 1, 2),
        channels=32,
        input_transform="multiple_select",
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN", eps=0.001),
        act_cfg=dict(type="ReLU"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
