"""EoMT in CPU size on drawn street scenes, whose cars, pedestrians and bicyclists are told apart.

Paper: Kerssies et al., CVPR 2025, https://arxiv.org/abs/2503.19108.
Run: `python tools/train.py configs/eomt/eomt_tiny_1xb4-panoptic-1k_synth-streets-128x256.py`
Expect: a loss that falls within the first 100 steps; no figure of a whole run is published or recorded.
"""

_base_ = [
    "../_base_/models/eomt_tiny.py",
    "../_base_/datasets/synth-streets_panoptic.py",
    "../_base_/schedules/adamw_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    type="PanopticEncoderDecoder",
    data_preprocessor=dict(size={{_base_.crop_size}}),
    thing_ids={{_base_.dataset_type}},
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
