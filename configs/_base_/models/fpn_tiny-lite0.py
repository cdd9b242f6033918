"""Additive FPN at stride 4 on EfficientNet-Lite0 from scratch, which is in CPU size already."""

_base_ = "fpn_lite0.py"
model = dict(backbone=dict(init_cfg=None))
