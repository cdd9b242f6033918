"""ResNet-50 at output stride 8 under a decode head, with FCN's auxiliary head on the third stage.

Source: MMSegmentation. Each architecture adds type and arguments of its decode head.
"""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(
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
    decode_head=dict(
        in_channels=2048,
        in_index=3,
        channels=512,
        dropout_ratio=0.1,
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    auxiliary_head=dict(
        type="FCNHead",
        in_channels=1024,
        in_index=2,
        channels=256,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4),
    ),
)
