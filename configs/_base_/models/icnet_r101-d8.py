"""ICNet on ResNet-101, https://arxiv.org/abs/1704.08545."""

_base_ = "icnet_r50-d8.py"
model = dict(
    backbone=dict(backbone_cfg=dict(depth=101, init_cfg=dict(checkpoint="open-mmlab://resnet101_v1c"))),
)
