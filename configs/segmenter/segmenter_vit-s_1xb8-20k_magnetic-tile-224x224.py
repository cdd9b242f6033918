"""Segmenter ViT-S/16 on magnetic tile defects.

Paper: Strudel et al., ICCV 2021, https://arxiv.org/abs/2105.05633.
Run: `python tools/train.py configs/segmenter/segmenter_vit-s_1xb8-20k_magnetic-tile-224x224.py`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/segmenter_vit-s.py",
    "../_base_/datasets/magnetic-tile.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
optim_wrapper = dict(optimizer=dict(lr=0.001, weight_decay=0.0))
