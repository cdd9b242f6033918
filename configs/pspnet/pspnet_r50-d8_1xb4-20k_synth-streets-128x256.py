"""PSPNet on ResNet-50 on synthetic street scenes.

Paper: Zhao et al., CVPR 2017, https://arxiv.org/abs/1612.01105.
Run: `python tools/train.py configs/pspnet/pspnet_r50-d8_1xb4-20k_synth-streets-128x256.py`
Expect: no published figure for this pair; README.md beside this file lists measured ones.
"""

_base_ = [
    "../_base_/models/pspnet_r50-d8.py",
    "../_base_/datasets/synth-streets.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
