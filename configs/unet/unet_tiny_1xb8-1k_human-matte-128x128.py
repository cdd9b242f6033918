"""U-Net in CPU size on photos of people.

Paper: Ronneberger, Fischer and Brox, MICCAI 2015, https://arxiv.org/abs/1505.04597.
Run: `python tools/train.py configs/unet/unet_tiny_1xb8-1k_human-matte-128x128.py`
Expect: a few minutes on 2 CPU cores; README.md beside this file lists measured mIoU and minutes.
"""

_base_ = [
    "../_base_/models/unet_tiny.py",
    "../_base_/datasets/human-matte_128x128.py",
    "../_base_/schedules/adamw_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
