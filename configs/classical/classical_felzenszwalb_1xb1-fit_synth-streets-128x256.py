"""Felzenszwalb's graph-based regions on synthetic street scenes.

Paper: Felzenszwalb and Huttenlocher, IJCV 2004, https://doi.org/10.1023/B:VISI.0000022288.19776.77.
Run: `python tools/train.py configs/classical/classical_felzenszwalb_1xb1-fit_synth-streets-128x256.py`
Expect: less than a minute on 2 CPU cores; see the table in README.md beside this file.
"""

_base_ = [
    "../_base_/models/classical_felzenszwalb.py",
    "../_base_/datasets/synth-streets_whole.py",
    "../_base_/schedules/fit.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    num_classes={{_base_.num_classes}},
    scale=1.0,
)
