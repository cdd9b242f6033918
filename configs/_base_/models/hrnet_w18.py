"""HRNetV2-W18, Wang et al., TPAMI 2020, https://arxiv.org/abs/1908.07919.

Modules and keys are MMSegmentation's.
"""

_base_ = "hrnet.py"
model = dict(
    backbone=dict(
        norm_cfg=dict(type="SyncBN"),
        extra=dict(
            stage1=dict(num_blocks=(4,), num_channels=(64,)),
            stage2=dict(num_blocks=(4, 4), num_channels=(18, 36)),
            stage3=dict(num_modules=4, num_blocks=(4, 4, 4), num_channels=(18, 36, 72)),
            stage4=dict(num_modules=3, num_blocks=(4, 4, 4, 4), num_channels=(18, 36, 72, 144)),
        ),
        init_cfg=dict(type="BackboneWeights", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    decode_head=dict(in_channels=[18, 36, 72, 144], channels=270, norm_cfg=dict(type="SyncBN")),
)
