"""UPerNet on ResNet-101, https://arxiv.org/abs/1807.10221."""

_base_ = "upernet_r50.py"
model = dict(
    backbone=dict(depth=101, init_cfg=dict(checkpoint="open-mmlab://resnet101_v1c")),
)
