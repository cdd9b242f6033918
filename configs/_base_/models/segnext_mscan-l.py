"""SegNeXt-L, https://arxiv.org/abs/2209.08575."""

_base_ = "segnext_mscan-t.py"
model = dict(
    backbone=dict(
        embed_dims=[64, 128, 320, 512],
        depths=[3, 5, 27, 3],
        drop_path_rate=0.3,
        init_cfg=dict(
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segnext/mscan_l_20230227-cef260d4.pth",
        ),
    ),
    decode_head=dict(
        in_channels=[128, 320, 512],
        channels=1024,
        ham_channels=1024,
    ),
)
