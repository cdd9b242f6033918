"""DDRNet-23, https://arxiv.org/abs/2101.06085."""

_base_ = "ddrnet_23-slim.py"
model = dict(
    backbone=dict(
        channels=64,
        init_cfg=dict(
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/ddrnet/pretrain/ddrnet23-in1kpre_3rdparty-9ca29f62.pth",
        ),
    ),
    decode_head=dict(in_channels=256, channels=128),
)
