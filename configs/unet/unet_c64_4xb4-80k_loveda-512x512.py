"""U-Net on LoveDA.

Paper: Ronneberger, Fischer and Brox, MICCAI 2015, https://arxiv.org/abs/1505.04597.
Run: `tools/dist_train.sh configs/unet/unet_c64_4xb4-80k_loveda-512x512.py 4`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/unet_c64.py",
    "../_base_/datasets/loveda.py",
    "../_base_/schedules/sgd_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
