"""DPT in CPU size: four layers of 64 channels on 16x16 patches."""

_base_ = "dpt_vit-b16.py"
model = dict(
    backbone=dict(
        img_size=(128, 256), embed_dims=64, num_layers=4, num_heads=2, out_indices=(0, 1, 2, 3), init_cfg=None
    ),
    decode_head=dict(
        in_channels=(64, 64, 64, 64),
        channels=32,
        embed_dims=64,
        post_process_channels=[16, 32, 48, 64],
        norm_cfg=dict(type="BN"),
    ),
)
