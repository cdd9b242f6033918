"""PSPNet in CPU size on synthetic street scenes.

Paper: Zhao et al., CVPR 2017, https://arxiv.org/abs/1612.01105.
Run: `python tools/train.py configs/pspnet/pspnet_tiny_1xb4-1k_synth-streets-128x256.py`
Expect: about 4 minutes on 2 CPU cores; README.md beside this file lists measured mIoU and minutes.
"""

_base_ = [
    "../_base_/models/pspnet_tiny.py",
    "../_base_/datasets/synth-streets.py",
    "../_base_/schedules/adamw_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
