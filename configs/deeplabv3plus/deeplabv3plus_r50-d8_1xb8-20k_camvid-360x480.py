"""DeepLabv3+ on ResNet-50 on CamVid.

Paper: Chen et al., ECCV 2018, https://arxiv.org/abs/1802.02611.
Run: `python tools/train.py configs/deeplabv3plus/deeplabv3plus_r50-d8_1xb8-20k_camvid-360x480.py`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/deeplabv3plus_r50-d8.py",
    "../_base_/datasets/camvid.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
