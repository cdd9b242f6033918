"""HRNetV2: four resolutions, whose features are concatenated for a 1x1 head.

Source: Wang et al., TPAMI 2020, https://arxiv.org/abs/1908.07919. Modules and keys are MMSegmentation's.
Each size adds channels, blocks and normalisation.
"""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(
        type="HRNet",
        norm_eval=False,
        extra=dict(
            stage1=dict(num_modules=1, num_branches=1, block="BOTTLENECK"),
            stage2=dict(num_modules=1, num_branches=2, block="BASIC"),
            stage3=dict(num_branches=3, block="BASIC"),
            stage4=dict(num_branches=4, block="BASIC"),
        ),
    ),
    decode_head=dict(
        type="FCNHead",
        in_index=(0, 1, 2, 3),
        input_transform="resize_concat",
        kernel_size=1,
        num_convs=1,
        concat_input=False,
        dropout_ratio=-1,
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
)
