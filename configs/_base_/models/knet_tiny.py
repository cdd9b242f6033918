"""K-Net in CPU size: narrow ResNet-18 at output stride 8, two stages of 32 channels."""

_base_ = "knet_r50-d8-fcn.py"
model = dict(
    backbone=dict(depth=18, base_channels=16, stem_channels=16, norm_cfg=dict(type="BN"), init_cfg=None),
    decode_head=dict(
        num_stages=2,
        kernel_generate_head=dict(in_channels=128, channels=32, num_convs=1, norm_cfg=dict(type="BN")),
        kernel_update_head=dict(
            num_heads=4,
            feedforward_channels=64,
            in_channels=32,
            out_channels=32,
            kernel_updator_cfg=dict(in_channels=32, feat_channels=32, out_channels=32),
        ),
    ),
    auxiliary_head=dict(in_channels=64, channels=16, norm_cfg=dict(type="BN")),
)
