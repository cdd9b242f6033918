"""PSPNet in CPU size: narrow ResNet-18 at output stride 8."""

_base_ = "resnet18-tiny_d8.py"
model = dict(decode_head=dict(type="PSPHead", pool_scales=(1, 2, 3, 6)))
