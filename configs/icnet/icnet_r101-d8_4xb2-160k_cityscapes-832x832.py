"""ICNet on ResNet-101 on Cityscapes.

Paper: Zhao et al., ECCV 2018, https://arxiv.org/abs/1704.08545.
Run: `tools/dist_train.sh configs/icnet/icnet_r101-d8_4xb2-160k_cityscapes-832x832.py 4`
Expect: 76.15 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/icnet_r101-d8.py",
    "../_base_/datasets/cityscapes_832x832.py",
    "../_base_/schedules/sgd_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
