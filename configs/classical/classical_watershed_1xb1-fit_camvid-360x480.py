"""Watershed of the gradient on CamVid.

Paper: Vincent and Soille, TPAMI 1991, https://doi.org/10.1109/34.87344.
Run: `python tools/train.py configs/classical/classical_watershed_1xb1-fit_camvid-360x480.py`
Expect: less than a minute on 2 CPU cores; see the table in README.md beside this file.
"""

_base_ = [
    "../_base_/models/classical_watershed.py",
    "../_base_/datasets/camvid_whole.py",
    "../_base_/schedules/fit.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    num_classes={{_base_.num_classes}},
)
