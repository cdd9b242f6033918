"""ESPNet, which is in CPU size already, with the zoo's normalisation, for training from scratch."""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="ESPNet", p=2, q=3),
    decode_head=dict(type="ESPNetHead", align_corners=False, loss_decode=dict(type="CrossEntropyLoss")),
)
