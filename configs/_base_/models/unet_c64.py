"""U-Net, 64 to 1024 channels, 31.04 M parameters: Ronneberger et al., MICCAI 2015, https://arxiv.org/abs/1505.04597."""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="VanillaUNet", base_channels=64, norm_cfg=dict(type="SyncBN")),
    decode_head=dict(
        type="FCNHead",
        in_channels=64,
        in_index=0,
        channels=64,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
)
