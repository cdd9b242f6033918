"""SLIC superpixels on synthetic street scenes.

Paper: Achanta et al., TPAMI 2012, https://doi.org/10.1109/TPAMI.2012.120.
Run: `python tools/train.py configs/classical/classical_slic_1xb1-fit_synth-streets-128x256.py`
Expect: less than a minute on 2 CPU cores; see the table in README.md beside this file.
"""

_base_ = [
    "../_base_/models/classical_slic.py",
    "../_base_/datasets/synth-streets_whole.py",
    "../_base_/schedules/fit.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    num_classes={{_base_.num_classes}},
    scale=1.0,
)
