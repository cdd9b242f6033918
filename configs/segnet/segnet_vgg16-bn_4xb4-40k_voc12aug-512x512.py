"""SegNet on PASCAL VOC 2012, augmented.

Paper: Badrinarayanan, Kendall and Cipolla, TPAMI 2017, https://arxiv.org/abs/1511.00561.
Run: `tools/dist_train.sh configs/segnet/segnet_vgg16-bn_4xb4-40k_voc12aug-512x512.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/segnet_vgg16-bn.py",
    "../_base_/datasets/voc12aug.py",
    "../_base_/schedules/sgd_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
