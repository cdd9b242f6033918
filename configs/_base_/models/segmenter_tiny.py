"""Segmenter in CPU size: three layers of 64 channels on 8x8 patches, one decoder layer."""

_base_ = "segmenter.py"
model = dict(
    backbone=dict(
        img_size=(128, 256), patch_size=8, embed_dims=64, num_layers=3, num_heads=2, drop_path_rate=0.0
    ),
    decode_head=dict(
        in_channels=64,
        channels=64,
        num_layers=1,
        num_heads=2,
        embed_dims=64,
        drop_path_rate=0.0,
        loss_decode=dict(avg_non_ignore=True),
    ),
)
