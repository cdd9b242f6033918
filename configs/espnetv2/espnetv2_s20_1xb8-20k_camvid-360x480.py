"""ESPNetv2 of width 2.0 on CamVid.

Paper: Mehta et al., CVPR 2019, https://arxiv.org/abs/1811.11431.
Run: `python tools/train.py configs/espnetv2/espnetv2_s20_1xb8-20k_camvid-360x480.py`
Expect: a loss that falls within the first 100 steps; no figure of a whole run is published or recorded.
"""

_base_ = [
    "../_base_/models/espnetv2_s20.py",
    "../_base_/datasets/camvid.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
