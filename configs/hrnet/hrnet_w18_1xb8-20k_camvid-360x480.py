"""HRNetV2-W18 on CamVid.

Paper: Wang et al., TPAMI 2020, https://arxiv.org/abs/1908.07919.
Run: `python tools/train.py configs/hrnet/hrnet_w18_1xb8-20k_camvid-360x480.py`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/hrnet_w18.py",
    "../_base_/datasets/camvid.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
