"""FCN-8s in CPU size: narrow VGG-16 with batch normalisation; fc6 is 3x3 and keeps the size."""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(
        type="FCNVGG",
        widths=(8, 16, 32, 64, 96),
        fc_channels=128,
        fc_kernel=3,
        fc_padding=1,
        input_padding=1,
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
    ),
    decode_head=dict(
        type="FCNSkipHead",
        in_channels=(32, 64, 128),
        fc_kernel=3,
        fc_padding=1,
        input_padding=1,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
)
