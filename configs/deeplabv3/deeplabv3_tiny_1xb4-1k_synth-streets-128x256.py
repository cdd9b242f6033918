"""DeepLabv3 in CPU size on synthetic street scenes.

Paper: Chen et al., 2017, https://arxiv.org/abs/1706.05587.
Run: `python tools/train.py configs/deeplabv3/deeplabv3_tiny_1xb4-1k_synth-streets-128x256.py`
Expect: about 4 minutes on 2 CPU cores; README.md beside this file lists measured mIoU and minutes.
"""

_base_ = [
    "../_base_/models/deeplabv3_tiny.py",
    "../_base_/datasets/synth-streets.py",
    "../_base_/schedules/adamw_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
