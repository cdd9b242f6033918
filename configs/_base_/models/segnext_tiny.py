"""SegNeXt in CPU size: one or two blocks a stage, 16 to 64 channels."""

_base_ = "segnext_mscan-t.py"
model = dict(
    backbone=dict(embed_dims=[16, 32, 48, 64], drop_path_rate=0.0, depths=[1, 1, 2, 1], init_cfg=None),
    decode_head=dict(in_channels=[32, 48, 64], channels=64, ham_channels=64, norm_cfg=dict(num_groups=8)),
)
