"""FPN on EfficientNet-Lite0 on CamVid, first half of the recipe of suite `camvid-best`: crops.

Crops are balanced over classes, the loss is that of the hardest pixels, and the weights are averaged.
Paper: Lin et al., CVPR 2017, https://arxiv.org/abs/1612.03144.
Run: `python tools/train.py configs/fpn/fpn_lite0_1xb8-best-1k_camvid-192x256.py`
Expect: figures stand in configs/RESULTS.md; the second half is `fpn_lite0_1xb4-best-1k_camvid-360x480.py`.
"""

_base_ = [
    "../_base_/models/fpn_lite0_ohem.py",
    "../_base_/datasets/camvid_balanced_192x256.py",
    "../_base_/schedules/adamw_ema_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
