"""ESPNetv2 of width 2.0 on Cityscapes.

Paper: Mehta et al., CVPR 2019, https://arxiv.org/abs/1811.11431.
Run: `tools/dist_train.sh configs/espnetv2/espnetv2_s20_4xb2-80k_cityscapes-512x1024.py 4`
Expect: no recorded figure of a training; README.md beside this file tells how to test the public weights.
"""

_base_ = [
    "../_base_/models/espnetv2_s20.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
