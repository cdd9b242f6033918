"""ICNet on ResNet-18, https://arxiv.org/abs/1704.08545."""

_base_ = "icnet_r50-d8.py"
model = dict(
    backbone=dict(
        layer_channels=(128, 512),
        backbone_cfg=dict(depth=18, init_cfg=dict(checkpoint="open-mmlab://resnet18_v1c")),
    ),
)
