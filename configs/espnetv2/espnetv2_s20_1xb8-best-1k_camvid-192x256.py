"""ESPNetv2 of width 2.0 on CamVid in crops, first half of the recipe of suite `camvid-best`.

Paper: Mehta et al., CVPR 2019, https://arxiv.org/abs/1811.11431.
Run: `python tools/train.py configs/espnetv2/espnetv2_s20_1xb8-best-1k_camvid-192x256.py`
Expect: a loss that falls within the first 100 steps; no figure of a whole run is recorded yet.
"""

_base_ = [
    "../_base_/models/espnetv2_s20.py",
    "../_base_/datasets/camvid_balanced_192x256.py",
    "../_base_/schedules/adamw_ema_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(
        num_classes={{_base_.num_classes}}, loss_decode=dict(_delete_=True, type="OhemCrossEntropyLoss")
    ),
)
