"""DeepLabv3+ on ResNet-101 at output stride 8, https://arxiv.org/abs/1802.02611.

Modules and keys are MMSegmentation's.
"""

_base_ = "deeplabv3plus_r50-d8.py"
model = dict(
    backbone=dict(depth=101, init_cfg=dict(checkpoint="open-mmlab://resnet101_v1c")),
)
