"""DeepLab v2 on ResNet-101 on LoveDA.

Paper: Chen et al., TPAMI 2017, https://arxiv.org/abs/1606.00915.
Run: `tools/dist_train.sh configs/deeplabv2/deeplabv2_r101-aspp_4xb4-80k_loveda-512x512.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/deeplabv2_r101-aspp.py",
    "../_base_/datasets/loveda.py",
    "../_base_/schedules/sgd_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
optim_wrapper = dict(optimizer=dict(lr=0.0025))
