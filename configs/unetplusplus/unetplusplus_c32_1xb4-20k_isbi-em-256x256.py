"""U-Net++ on membranes in electron microscopy.

Paper: Zhou et al., DLMIA 2018, https://arxiv.org/abs/1807.10165.
Run: `python tools/train.py configs/unetplusplus/unetplusplus_c32_1xb4-20k_isbi-em-256x256.py`
Expect: a loss that falls within the first 100 steps; no figure of a whole run is published or recorded.
"""

_base_ = [
    "../_base_/models/unetplusplus_c32.py",
    "../_base_/datasets/isbi-em.py",
    "../_base_/schedules/sgd_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
