"""UPerNet on ResNet-18, https://arxiv.org/abs/1807.10221."""

_base_ = "upernet_r50.py"
model = dict(
    backbone=dict(depth=18, init_cfg=dict(checkpoint="open-mmlab://resnet18_v1c")),
    decode_head=dict(in_channels=[64, 128, 256, 512]),
    auxiliary_head=dict(in_channels=256),
)
