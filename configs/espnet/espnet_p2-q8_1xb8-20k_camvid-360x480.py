"""ESPNet with 2 and 8 blocks on CamVid.

Paper: Mehta et al., ECCV 2018, https://arxiv.org/abs/1803.06815.
Run: `python tools/train.py configs/espnet/espnet_p2-q8_1xb8-20k_camvid-360x480.py`
Expect: no recorded figure of a training; README.md beside this file tells how to test the public weights.
"""

_base_ = [
    "../_base_/models/espnet_p2-q8.py",
    "../_base_/datasets/camvid.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}, channels=12),  # as in the public weights
)
