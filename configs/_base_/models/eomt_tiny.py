"""EoMT in CPU size: four layers of 64 channels on 8x8 patches, 16 queries in the last two."""

_base_ = "eomt.py"
model = dict(
    backbone=dict(
        img_size=(128, 256),
        patch_size=8,
        embed_dims=64,
        num_layers=4,
        num_heads=2,
        num_registers=0,
        query_layers=2,
    ),
    decode_head=dict(
        in_channels=64,
        num_queries=16,
        query_layers=2,
        num_upscales=1,
        loss_decode=dict(num_points=1024),
    ),
)
