"""DeepLabv3 on ResNet-50 at output stride 8, https://arxiv.org/abs/1706.05587.

Modules and keys are MMSegmentation's.
"""

_base_ = "resnet50_d8.py"
model = dict(decode_head=dict(type="ASPPHead", dilations=(1, 12, 24, 36)))
