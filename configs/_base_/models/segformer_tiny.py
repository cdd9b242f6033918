"""SegFormer in CPU size: one layer a stage, 16 to 128 channels."""

_base_ = "segformer_mit-b0.py"
model = dict(
    backbone=dict(embed_dims=16, num_layers=[1, 1, 1, 1], drop_path_rate=0.0, init_cfg=None),
    decode_head=dict(in_channels=[16, 32, 80, 128], channels=64, norm_cfg=dict(type="BN")),
)
