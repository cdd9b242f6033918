"""ICNet in CPU size: narrow ResNet-18."""

_base_ = "icnet_r18-d8.py"
model = dict(
    backbone=dict(
        backbone_cfg=dict(base_channels=16, stem_channels=16, norm_cfg=dict(type="BN"), init_cfg=None),
        layer_channels=(32, 128),
        light_branch_middle_channels=8,
        psp_out_channels=64,
        out_channels=(16, 64, 64),
        norm_cfg=dict(type="BN"),
    ),
    neck=dict(in_channels=(16, 64, 64), out_channels=32, norm_cfg=dict(type="BN")),
    decode_head=dict(in_channels=32, channels=32, norm_cfg=dict(type="BN")),
    auxiliary_head=dict(
        common=dict(norm_cfg=dict(type="BN")),
        heads=[dict(in_channels=32, in_index=0, channels=32), dict(in_channels=32, in_index=1, channels=32)],
    ),
)
