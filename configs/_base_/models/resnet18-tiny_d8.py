"""ResNet-18 in CPU size, a quarter as wide, at output stride 8 under a decode head.

Each architecture adds type and arguments of its decode head.
"""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(
        type="ResNetV1c",
        depth=18,
        base_channels=16,
        stem_channels=16,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        dilations=(1, 1, 2, 4),
        strides=(1, 2, 1, 1),
        norm_cfg=dict(type="BN"),
        norm_eval=False,
        style="pytorch",
        contract_dilation=True,
    ),
    decode_head=dict(
        in_channels=128,
        in_index=3,
        channels=32,
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
)
