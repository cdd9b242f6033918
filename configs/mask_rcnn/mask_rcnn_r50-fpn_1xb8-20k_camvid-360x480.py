"""Mask R-CNN on ResNet-50-FPN on CamVid.

Paper: He et al., ICCV 2017, https://arxiv.org/abs/1703.06870.
Run: `python tools/train.py configs/mask_rcnn/mask_rcnn_r50-fpn_1xb8-20k_camvid-360x480.py`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/mask_rcnn_r50-fpn.py",
    "../_base_/datasets/camvid.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    thing_ids={{_base_.dataset_type}},
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
