"""Ranges of hue, saturation and value, connected components, on CamVid.

Paper: Smith, SIGGRAPH 1978, https://doi.org/10.1145/800248.807361.
Run: `python tools/train.py configs/classical/classical_hsv_1xb1-fit_camvid-360x480.py`
Expect: less than a minute on 2 CPU cores; see the table in README.md beside this file.
"""

_base_ = [
    "../_base_/models/classical_hsv.py",
    "../_base_/datasets/camvid_whole.py",
    "../_base_/schedules/fit.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    num_classes={{_base_.num_classes}},
)
