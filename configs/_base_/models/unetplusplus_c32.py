"""U-Net++ of 32 to 512 channels, 9.0 M parameters: Zhou et al., DLMIA 2018, https://arxiv.org/abs/1807.10165.

The shorter paths are supervised in training (section 3.2).
"""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="UNetPlusPlus", base_channels=32, norm_cfg=dict(type="BN")),
    decode_head=dict(
        type="FCNHead",
        in_channels=32,
        in_index=3,
        channels=32,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    auxiliary_head=dict(
        type="AuxiliaryHeads",
        common=dict(
            type="FCNHead",
            in_channels=32,
            channels=32,
            num_convs=0,
            concat_input=False,
            dropout_ratio=0,
            loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
        ),
        heads=[dict(in_index=0), dict(in_index=1), dict(in_index=2)],
    ),
)
