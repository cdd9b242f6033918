"""SegNet on Cityscapes.

Paper: Badrinarayanan, Kendall and Cipolla, TPAMI 2017, https://arxiv.org/abs/1511.00561.
Run: `tools/dist_train.sh configs/segnet/segnet_vgg16-bn_4xb2-80k_cityscapes-512x1024.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/segnet_vgg16-bn.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
