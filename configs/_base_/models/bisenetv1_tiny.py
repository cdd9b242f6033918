"""BiSeNet in CPU size: narrow ResNet-18."""

_base_ = "bisenetv1_r18-d32.py"
model = dict(
    backbone=dict(
        context_channels=(32, 64, 128),
        spatial_channels=(16, 16, 16, 32),
        out_channels=64,
        backbone_cfg=dict(stem_channels=16, base_channels=16, norm_cfg=dict(type="BN"), init_cfg=None),
        norm_cfg=dict(type="BN"),
    ),
    decode_head=dict(in_channels=64, channels=64, norm_cfg=dict(type="BN")),
    auxiliary_head=dict(
        common=dict(norm_cfg=dict(type="BN")),
        heads=[dict(in_channels=32, in_index=1, channels=16), dict(in_channels=32, in_index=2, channels=16)],
    ),
)
