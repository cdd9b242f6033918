"""U-Net in CPU size on magnetic tile defects.

Paper: Ronneberger, Fischer and Brox, MICCAI 2015, https://arxiv.org/abs/1505.04597.
Run: `python tools/train.py configs/unet/unet_tiny_1xb8-1k_magnetic-tile-128x128.py`
Expect: a few minutes on 2 CPU cores; mIoU and minutes as measured stand in README.md beside this file.
"""

_base_ = [
    "../_base_/models/unet_tiny.py",
    "../_base_/datasets/magnetic-tile_128x128.py",
    "../_base_/schedules/adamw_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(
        num_classes={{_base_.num_classes}},
        loss_decode=dict(
            _delete_=True, type="ExactCrossEntropyLoss", class_weight=[0.2, 2.0, 1.0, 2.0, 0.7, 0.5]
        ),
    ),
)
