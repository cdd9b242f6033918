"""Mask R-CNN in CPU size: a quarter-width ResNet-18, a pyramid of 32 channels, masks of 14x14.

The smallest anchors have 16 pixels.
"""

_base_ = "mask_rcnn_r50-fpn.py"
model = dict(
    backbone=dict(depth=18, stem_channels=16, base_channels=16, norm_cfg=dict(type="BN"), init_cfg=None),
    neck=dict(in_channels=[16, 32, 64, 128], out_channels=32),
    rpn_head=dict(in_channels=32, channels=32, anchor_scale=4.0, candidates=200, proposals=100, samples=64),
    box_head=dict(in_channels=32, channels=128, canonical_size=112.0, samples=64),
    mask_head=dict(in_channels=32, channels=32, num_convs=2, roi_size=7, canonical_size=112.0),
    decode_head=dict(in_channels=[32, 32, 32, 32], channels=32, norm_cfg=dict(type="BN")),
)
