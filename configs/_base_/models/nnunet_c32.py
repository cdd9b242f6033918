"""U-Net in nnU-Net's manner: the leaf's crop decides the depth; 32 to 512 channels, deep supervision.

Isensee et al., Nature Methods 18, 2021, https://arxiv.org/abs/1904.08128. The loss is cross entropy and Dice;
those of the smaller maps count half and a quarter.
"""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="PlannedUNet", patch_size=(256, 256), base_channels=32),
    decode_head=dict(
        type="FCNHead",
        in_channels=32,
        in_index=0,
        channels=32,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0,
        loss_decode=[dict(type="CrossEntropyLoss", avg_non_ignore=True), dict(type="SoftDiceLoss")],
    ),
    auxiliary_head=dict(
        type="AuxiliaryHeads",
        common=dict(type="FCNHead", num_convs=0, concat_input=False, dropout_ratio=0),
        heads=[
            dict(
                in_index=1,
                in_channels=64,
                channels=64,
                loss_decode=[
                    dict(type="CrossEntropyLoss", avg_non_ignore=True, loss_weight=0.5),
                    dict(type="SoftDiceLoss", loss_weight=0.5),
                ],
            ),
            dict(
                in_index=2,
                in_channels=128,
                channels=128,
                loss_decode=[
                    dict(type="CrossEntropyLoss", avg_non_ignore=True, loss_weight=0.25),
                    dict(type="SoftDiceLoss", loss_weight=0.25),
                ],
            ),
        ],
    ),
)
