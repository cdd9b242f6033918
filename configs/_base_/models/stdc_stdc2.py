"""STDC2, https://arxiv.org/abs/2104.13188."""

_base_ = "stdc_stdc1.py"
model = dict(
    backbone=dict(
        backbone_cfg=dict(
            stdc_type="STDCNet2",
            init_cfg=dict(
                checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/stdc/stdc2_20220308-7dbd9127.pth",
            ),
        ),
    ),
)
