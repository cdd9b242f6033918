"""HRNetV2-W18 on DRIVE.

Paper: Wang et al., TPAMI 2020, https://arxiv.org/abs/1908.07919.
Run: `tools/dist_train.sh configs/hrnet/hrnet_w18_4xb4-40k_drive-64x64.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/hrnet_w18.py",
    "../_base_/datasets/drive.py",
    "../_base_/schedules/sgd_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
