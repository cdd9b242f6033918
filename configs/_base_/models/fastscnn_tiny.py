"""Fast-SCNN in CPU size: a quarter of the channels, softmax in place of a sigmoid for each class."""

_base_ = "fastscnn_fcn.py"
model = dict(
    backbone=dict(
        downsample_dw_channels=(8, 16),
        global_in_channels=16,
        global_block_channels=(16, 24, 32),
        global_out_channels=32,
        higher_in_channels=16,
        lower_in_channels=32,
        fusion_out_channels=32,
        norm_cfg=dict(_delete_=True, type="BN"),
    ),
    decode_head=dict(
        in_channels=32,
        channels=32,
        norm_cfg=dict(_delete_=True, type="BN"),
        loss_decode=dict(_delete_=True, type="CrossEntropyLoss", loss_weight=1.0),
    ),
    auxiliary_head=dict(
        common=dict(
            norm_cfg=dict(_delete_=True, type="BN"),
            loss_decode=dict(_delete_=True, type="CrossEntropyLoss", loss_weight=0.4),
        ),
        heads=[dict(in_channels=32, in_index=-2, channels=8), dict(in_channels=16, in_index=-3, channels=8)],
    ),
)
