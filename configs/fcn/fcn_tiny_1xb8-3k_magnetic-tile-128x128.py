"""FCN in CPU size on magnetic tile defects.

Paper: Long, Shelhamer and Darrell, CVPR 2015, https://arxiv.org/abs/1411.4038.
Run: `python tools/train.py configs/fcn/fcn_tiny_1xb8-3k_magnetic-tile-128x128.py`
Expect: a few minutes on 2 CPU cores; README.md beside this file lists measured mIoU and minutes.
"""

_base_ = [
    "../_base_/models/fcn_tiny.py",
    "../_base_/datasets/magnetic-tile_128x128.py",
    "../_base_/schedules/adamw_3k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(
        num_classes={{_base_.num_classes}},
        loss_decode=dict(
            _delete_=True, type="ExactCrossEntropyLoss", class_weight=[0.2, 1.5, 1.0, 1.5, 0.7, 0.5]
        ),
    ),
)
