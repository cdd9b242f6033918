"""PSPNet on ResNet-50 on DRIVE.

Paper: Zhao et al., CVPR 2017, https://arxiv.org/abs/1612.01105.
Run: `tools/dist_train.sh configs/pspnet/pspnet_r50-d8_4xb4-40k_drive-64x64.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/pspnet_r50-d8.py",
    "../_base_/datasets/drive.py",
    "../_base_/schedules/sgd_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
