"""SegNet on VGG-16-BN, 29.45 M parameters at 11 classes: Badrinarayanan et al., TPAMI 2017, https://arxiv.org/abs/1511.00561."""

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
    backbone=dict(type="SegNetEncoder", norm_cfg=dict(type="SyncBN")),
    decode_head=dict(
        type="SegNetHead",
        norm_cfg=dict(type="SyncBN"),
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
