"""Mask2Former in CPU size: a quarter-width ResNet-18, decoders of 32 channels, 16 queries in three layers."""

_base_ = "mask2former_r50.py"
model = dict(
    backbone=dict(
        depth=18,
        stem_channels=16,
        base_channels=16,
        norm_cfg=dict(type="BN", requires_grad=True),
        init_cfg=None,
    ),
    decode_head=dict(
        in_channels=[16, 32, 64, 128],
        channels=32,
        num_queries=16,
        fewer_queries=False,
        num_heads=4,
        encoder_layers=2,
        decoder_layers=3,
        encoder_hidden=64,
        decoder_hidden=64,
        norm_cfg=dict(num_groups=8),
        loss_decode=dict(num_points=1024),
    ),
)
