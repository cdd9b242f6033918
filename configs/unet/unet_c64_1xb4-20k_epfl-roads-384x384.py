"""U-Net on EPFL road tiles.

Paper: Ronneberger, Fischer and Brox, MICCAI 2015, https://arxiv.org/abs/1505.04597.
Run: `python tools/train.py configs/unet/unet_c64_1xb4-20k_epfl-roads-384x384.py`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/unet_c64.py",
    "../_base_/datasets/epfl-roads.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
