"""UPerNet on ResNet-50 on Cityscapes.

Paper: Xiao et al., ECCV 2018, https://arxiv.org/abs/1807.10221.
Run: `tools/dist_train.sh configs/upernet/upernet_r50_4xb2-80k_cityscapes-512x1024.py 4`
Expect: 78.19 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/upernet_r50.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
