"""Segmenter ViT-S/16 on ADE20K.

Paper: Strudel et al., ICCV 2021, https://arxiv.org/abs/2105.05633.
Run: `tools/dist_train.sh configs/segmenter/segmenter_vit-s_8xb1-160k_ade20k-512x512.py 8`
Expect: 46.19 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/segmenter_vit-s.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/sgd_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=1)
optim_wrapper = dict(optimizer=dict(lr=0.001, weight_decay=0.0))
