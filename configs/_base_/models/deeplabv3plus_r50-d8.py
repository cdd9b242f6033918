"""DeepLabv3+ on ResNet-50 at output stride 8, https://arxiv.org/abs/1802.02611.

Modules and keys are MMSegmentation's.
"""

_base_ = "resnet50_d8.py"
model = dict(
    decode_head=dict(
        type="DepthwiseSeparableASPPHead", dilations=(1, 12, 24, 36), c1_in_channels=256, c1_channels=48
    )
)
