"""Segmenter in CPU size on CamVid at half resolution.

Paper: Strudel et al., ICCV 2021, https://arxiv.org/abs/2105.05633.
Run: `python tools/train.py configs/segmenter/segmenter_tiny_1xb4-3k_camvid-144x192.py`
Expect: about 10 minutes on 2 CPU cores; README.md beside this file lists measured mIoU and minutes.
"""

_base_ = [
    "../_base_/models/segmenter_tiny.py",
    "../_base_/datasets/camvid_144x192.py",
    "../_base_/schedules/adamw_3k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
