"""ESPNet with 2 and 8 blocks: 0.35 million parameters; input as its public weights expect it.

The public network normalises BGR images to (x - mean) / std / 255.
"""

model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="CheckedPreProcessor",
        mean=[110.90, 109.61, 106.90],  # of blue, green, red
        std=[77.45 * 255, 78.50 * 255, 77.68 * 255],
        bgr_to_rgb=False,
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(type="ESPNet", p=2, q=8),
    decode_head=dict(
        type="ESPNetHead", align_corners=False, loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True)
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
