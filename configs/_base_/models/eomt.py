"""EoMT: a plain vision transformer with queries in its last blocks, whose masks fade out in training.

Source: Kerssies et al., CVPR 2025, https://arxiv.org/abs/2503.19108. Each size adds channels and layers.
"""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(type="QueryViT"), decode_head=dict(type="EoMTHead", loss_decode=dict(type="MaskSetLoss"))
)
custom_hooks = [dict(type="MaskAnnealingHook")]
