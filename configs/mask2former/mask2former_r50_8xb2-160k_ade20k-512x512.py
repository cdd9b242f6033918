"""Mask2Former on ResNet-50 on ADE20K.

Paper: Cheng et al., CVPR 2022, https://arxiv.org/abs/2112.01527.
Run: `tools/dist_train.sh configs/mask2former/mask2former_r50_8xb2-160k_ade20k-512x512.py 8`
Expect: 47.87 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/mask2former_r50.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/adamw_mask2former_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=2)
