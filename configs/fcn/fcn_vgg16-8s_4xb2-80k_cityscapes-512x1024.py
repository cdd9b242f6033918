"""FCN-8s on VGG-16 on Cityscapes.

Paper: Long, Shelhamer and Darrell, CVPR 2015, https://arxiv.org/abs/1411.4038.
Run: `tools/dist_train.sh configs/fcn/fcn_vgg16-8s_4xb2-80k_cityscapes-512x1024.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/fcn_vgg16-8s.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
optim_wrapper = dict(optimizer=dict(lr=0.001))
