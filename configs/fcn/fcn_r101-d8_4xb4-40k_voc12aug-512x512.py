"""FCN on ResNet-101 on PASCAL VOC 2012, augmented.

Paper: Long, Shelhamer and Darrell, CVPR 2015, https://arxiv.org/abs/1411.4038.
Run: `tools/dist_train.sh configs/fcn/fcn_r101-d8_4xb4-40k_voc12aug-512x512.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/fcn_r101-d8.py",
    "../_base_/datasets/voc12aug.py",
    "../_base_/schedules/sgd_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
