"""Mask2Former on ResNet-50 on Cityscapes.

Paper: Cheng et al., CVPR 2022, https://arxiv.org/abs/2112.01527.
Run: `tools/dist_train.sh configs/mask2former/mask2former_r50_8xb2-90k_cityscapes-512x1024.py 8`
Expect: 80.44 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/mask2former_r50.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/adamw_mask2former_90k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
