"""Random walks from confident pixels of SLIC superpixels on CamVid.

Paper: Grady, TPAMI 2006, https://doi.org/10.1109/TPAMI.2006.233.
Run: `python tools/train.py configs/classical/classical_random-walker_1xb1-fit_camvid-360x480.py`
Expect: less than a minute on 2 CPU cores; see the table in README.md beside this file.
"""

_base_ = [
    "../_base_/models/classical_random-walker.py",
    "../_base_/datasets/camvid_whole.py",
    "../_base_/schedules/fit.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    num_classes={{_base_.num_classes}},
)
