"""U-Net in nnU-Net's manner in CPU size: 8 to 128 channels, two maps supervised."""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="PlannedUNet", patch_size=(128, 128), base_channels=8, num_maps=2),
    decode_head=dict(
        type="FCNHead",
        in_channels=8,
        in_index=0,
        channels=8,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0,
        loss_decode=[dict(type="CrossEntropyLoss", avg_non_ignore=True), dict(type="SoftDiceLoss")],
    ),
    auxiliary_head=dict(
        type="FCNHead",
        in_channels=16,
        in_index=1,
        channels=16,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0,
        loss_decode=[
            dict(type="CrossEntropyLoss", avg_non_ignore=True, loss_weight=0.5),
            dict(type="SoftDiceLoss", loss_weight=0.5),
        ],
    ),
)
