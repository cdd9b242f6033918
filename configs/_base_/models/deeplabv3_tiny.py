"""DeepLabv3 in CPU size: narrow ResNet-18 at output stride 8, dilations for small images."""

_base_ = "resnet18-tiny_d8.py"
model = dict(decode_head=dict(type="ASPPHead", dilations=(1, 3, 6, 9)))
