"""UPerNet in CPU size on a Swin transformer: one or two blocks a stage, 24 to 192 channels."""

_base_ = "upernet_swin-t.py"
model = dict(
    backbone=dict(
        embed_dims=24,
        window_size=4,
        depths=[1, 1, 2, 1],
        num_heads=[1, 2, 4, 8],
        drop_path_rate=0.0,
        init_cfg=None,
    ),
    decode_head=dict(in_channels=[24, 48, 96, 192], channels=64, norm_cfg=dict(type="BN")),
    auxiliary_head=dict(in_channels=96, channels=32, norm_cfg=dict(type="BN")),
)
