"""Segmenter ViT-S/16 on DRIVE.

Paper: Strudel et al., ICCV 2021, https://arxiv.org/abs/2105.05633.
Run: `tools/dist_train.sh configs/segmenter/segmenter_vit-s_4xb4-40k_drive-64x64.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/segmenter_vit-s.py",
    "../_base_/datasets/drive.py",
    "../_base_/schedules/sgd_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
optim_wrapper = dict(optimizer=dict(lr=0.001, weight_decay=0.0))
