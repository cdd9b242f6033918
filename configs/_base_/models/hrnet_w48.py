"""HRNetV2-W48, Wang et al., TPAMI 2020, https://arxiv.org/abs/1908.07919.

Modules and keys are MMSegmentation's.
"""

_base_ = "hrnet_w18.py"
model = dict(
    backbone=dict(
        extra=dict(
            stage2=dict(num_channels=(48, 96)),
            stage3=dict(num_channels=(48, 96, 192)),
            stage4=dict(num_channels=(48, 96, 192, 384)),
        ),
        init_cfg=dict(checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    decode_head=dict(in_channels=[48, 96, 192, 384], channels=720),
)
