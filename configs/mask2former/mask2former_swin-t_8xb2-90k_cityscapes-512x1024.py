"""Mask2Former on Swin-T on Cityscapes.

Paper: Cheng et al., CVPR 2022, https://arxiv.org/abs/2112.01527.
Run: `tools/dist_train.sh configs/mask2former/mask2former_swin-t_8xb2-90k_cityscapes-512x1024.py 8`
Expect: 81.71 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/mask2former_swin-t.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/adamw_mask2former_90k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
