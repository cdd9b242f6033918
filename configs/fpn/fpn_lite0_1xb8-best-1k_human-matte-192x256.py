"""FPN on EfficientNet-Lite0 on photos of people in crops, first half of the recipe of suite `camvid-best`.

Paper: Lin et al., CVPR 2017, https://arxiv.org/abs/1612.03144.
Run: `python tools/train.py configs/fpn/fpn_lite0_1xb8-best-1k_human-matte-192x256.py`
Expect: a loss that falls within the first 100 steps; no figure of a whole run is recorded yet.
"""

_base_ = [
    "../_base_/models/fpn_lite0_ohem.py",
    "../_base_/datasets/human-matte_balanced_192x256.py",
    "../_base_/schedules/adamw_ema_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
