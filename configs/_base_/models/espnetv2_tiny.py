"""ESPNetv2 in CPU size: width 0.5."""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="ESPNetV2", scale=0.5),
    decode_head=dict(
        type="ESPNetV2Head", in_channels=(16, 32, 64, 128), loss_decode=dict(type="CrossEntropyLoss")
    ),
)
