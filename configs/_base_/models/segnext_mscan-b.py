"""SegNeXt-B, https://arxiv.org/abs/2209.08575."""

_base_ = "segnext_mscan-t.py"
model = dict(
    backbone=dict(
        embed_dims=[64, 128, 320, 512],
        depths=[3, 3, 12, 3],
        init_cfg=dict(
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segnext/mscan_b_20230227-3ab7d230.pth",
        ),
    ),
    decode_head=dict(
        in_channels=[128, 320, 512],
        channels=512,
        ham_channels=512,
    ),
)
