"""ESPNetv2 of width 2.0: 0.79 million parameters; input as the public weights expect it."""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="ESPNetV2", scale=2.0),
    decode_head=dict(type="ESPNetV2Head", channels=10, loss_decode=dict(type="CrossEntropyLoss")),
)
