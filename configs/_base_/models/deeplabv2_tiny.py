"""DeepLab v2 in CPU size: narrow ResNet-18 at output stride 8, scales 0.5 and 1.

The dense CRF is half as wide as in the paper-size model, like the images, and weaker.
"""

_base_ = "encoder_decoder.py"
model = dict(
    type="MultiScaleEncoderDecoder",
    scales=(0.5, 1.0),
    backbone=dict(
        type="ResNet",
        depth=18,
        base_channels=16,
        stem_channels=16,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        dilations=(1, 1, 2, 4),
        strides=(1, 2, 1, 1),
        norm_cfg=dict(type="BN"),
        norm_eval=False,
        style="pytorch",
    ),
    decode_head=dict(
        type="ASPPSumHead",
        in_channels=128,
        in_index=3,
        dilations=(2, 4, 6, 8),
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
