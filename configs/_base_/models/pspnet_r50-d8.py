"""PSPNet on ResNet-50 at output stride 8, https://arxiv.org/abs/1612.01105.

Modules and keys are MMSegmentation's.
"""

_base_ = "resnet50_d8.py"
model = dict(decode_head=dict(type="PSPHead", pool_scales=(1, 2, 3, 6)))
