"""FCN on ResNet-101 at output stride 8, https://arxiv.org/abs/1411.4038.

Modules and keys are MMSegmentation's.
"""

_base_ = "fcn_r50-d8.py"
model = dict(
    backbone=dict(depth=101, init_cfg=dict(checkpoint="open-mmlab://resnet101_v1c")),
)
