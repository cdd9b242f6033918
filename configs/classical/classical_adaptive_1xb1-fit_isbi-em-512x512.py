"""Threshold at the local mean, connected components, on ISBI's membranes.

Paper: Bradley and Roth, JGT 2007, https://doi.org/10.1080/2151237X.2007.10129236.
Run: `python tools/train.py configs/classical/classical_adaptive_1xb1-fit_isbi-em-512x512.py`
Expect: less than a minute on 2 CPU cores; see the table in README.md beside this file.
"""

_base_ = [
    "../_base_/models/classical_adaptive.py",
    "../_base_/datasets/isbi-em_whole.py",
    "../_base_/schedules/fit.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    num_classes={{_base_.num_classes}},
    scale=1.0,
)
