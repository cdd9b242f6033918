"""UPerNet on ResNet-50 on PASCAL VOC 2012, augmented.

Paper: Xiao et al., ECCV 2018, https://arxiv.org/abs/1807.10221.
Run: `tools/dist_train.sh configs/upernet/upernet_r50_4xb4-40k_voc12aug-512x512.py 4`
Expect: 75.92 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/upernet_r50.py",
    "../_base_/datasets/voc12aug.py",
    "../_base_/schedules/sgd_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
