"""EoMT-L on ADE20K.

Paper: Kerssies et al., CVPR 2025, https://arxiv.org/abs/2503.19108.
Run: `tools/dist_train.sh configs/eomt/eomt_vit-l_4xb4-40k_ade20k-512x512.py 4`
Expect: 58.4 mIoU, single scale, published for EoMT-L with DINOv2 and this crop, batch and length.
"""

_base_ = [
    "../_base_/models/eomt_vit-l.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/adamw_layer-decay_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    backbone=dict(img_size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    test_cfg=dict(mode="slide", crop_size={{_base_.crop_size}}, stride={{_base_.crop_size}}),
)
