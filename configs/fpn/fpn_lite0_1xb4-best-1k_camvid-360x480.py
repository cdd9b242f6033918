"""FPN on EfficientNet-Lite0 on CamVid, second half of the recipe of suite `camvid-best`: whole images.

Trained on from the averaged weights of the first half (`load_from`), with the Lovasz loss besides.
Paper: Lin et al., CVPR 2017, https://arxiv.org/abs/1612.03144.
Run: `python tools/train.py configs/fpn/fpn_lite0_1xb4-best-1k_camvid-360x480.py`
Expect: figures stand in configs/RESULTS.md; `python tools/benchmark.py run camvid-best` runs both halves.
"""

_base_ = [
    "../_base_/models/fpn_lite0_ohem-lovasz.py",
    "../_base_/datasets/camvid_balanced.py",
    "../_base_/schedules/adamw_ema_whole_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
