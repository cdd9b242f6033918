"""DeepLab v1 LargeFOV on LoveDA.

Paper: Chen et al., ICLR 2015, https://arxiv.org/abs/1412.7062.
Run: `tools/dist_train.sh configs/deeplabv1/deeplabv1_vgg16-largefov_4xb4-80k_loveda-512x512.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/deeplabv1_vgg16-largefov.py",
    "../_base_/datasets/loveda.py",
    "../_base_/schedules/sgd_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
optim_wrapper = dict(optimizer=dict(lr=0.001))
