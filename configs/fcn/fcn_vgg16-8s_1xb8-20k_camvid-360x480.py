"""FCN-8s on VGG-16 on CamVid.

Paper: Long, Shelhamer and Darrell, CVPR 2015, https://arxiv.org/abs/1411.4038.
Run: `python tools/train.py configs/fcn/fcn_vgg16-8s_1xb8-20k_camvid-360x480.py`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/fcn_vgg16-8s.py",
    "../_base_/datasets/camvid.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
optim_wrapper = dict(optimizer=dict(lr=0.001))
