"""HRNetV2-W48 on PASCAL VOC 2012, augmented.

Paper: Wang et al., TPAMI 2020, https://arxiv.org/abs/1908.07919.
Run: `tools/dist_train.sh configs/hrnet/hrnet_w48_4xb4-40k_voc12aug-512x512.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/hrnet_w48.py",
    "../_base_/datasets/voc12aug.py",
    "../_base_/schedules/sgd_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
