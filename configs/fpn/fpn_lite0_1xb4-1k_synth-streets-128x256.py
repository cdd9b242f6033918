"""FPN on EfficientNet-Lite0 with ImageNet weights on drawn street scenes.

Paper: Lin et al., CVPR 2017, https://arxiv.org/abs/1612.03144.
Run: `python tools/train.py configs/fpn/fpn_lite0_1xb4-1k_synth-streets-128x256.py`
Expect: a loss that falls within the first 100 steps; no figure of a whole run is published or recorded.
"""

_base_ = [
    "../_base_/models/fpn_lite0.py",
    "../_base_/datasets/synth-streets.py",
    "../_base_/schedules/adamw_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.25))))
