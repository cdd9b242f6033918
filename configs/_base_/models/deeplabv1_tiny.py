"""DeepLab v1 in CPU size: narrow VGG-16 with batch normalisation, dilation for small images.

The dense CRF is half as wide as in the paper-size model, like the images, and weaker.
"""

_base_ = "encoder_decoder.py"
model = dict(
    type="PostprocessEncoderDecoder",
    backbone=dict(
        type="DeepLabVGG",
        widths=(8, 16, 32, 64, 96),
        fc_channels=128,
        fc_dilations=(4,),
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
    ),
    decode_head=dict(
        type="ASPPSumHead",
        in_channels=128,
        dilations=(1,),
        kernel_size=1,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    postprocess=[
        dict(
            type="DenseCRF",
            gaussian_weight=1.0,
            gaussian_std=2.0,
            bilateral_weight=1.0,
            position_std=32.0,
            colour_std=3.0,
        )
    ],
)
