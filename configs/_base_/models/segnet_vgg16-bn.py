"""SegNet on VGG-16-BN, 29.45 M parameters at 11 classes: Badrinarayanan et al., TPAMI 2017, https://arxiv.org/abs/1511.00561."""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="SegNetEncoder", norm_cfg=dict(type="SyncBN")),
    decode_head=dict(
        type="SegNetHead",
        norm_cfg=dict(type="SyncBN"),
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
)
