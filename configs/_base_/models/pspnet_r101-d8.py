"""PSPNet on ResNet-101 at output stride 8, https://arxiv.org/abs/1612.01105.

Modules and keys are MMSegmentation's.
"""

_base_ = "pspnet_r50-d8.py"
model = dict(
    backbone=dict(depth=101, init_cfg=dict(checkpoint="open-mmlab://resnet101_v1c")),
)
