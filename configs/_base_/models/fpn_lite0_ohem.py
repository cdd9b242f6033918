"""FPN on EfficientNet-Lite0 that learns from the hardest pixels; an aux head reads stride 16 in training."""

_base_ = "fpn_lite0.py"
model = dict(
    decode_head=dict(loss_decode=dict(type="OhemCrossEntropyLoss")),
    auxiliary_head=dict(
        type="FCNHead",
        in_channels=112,
        in_index=2,
        channels=64,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4),
    ),
)
