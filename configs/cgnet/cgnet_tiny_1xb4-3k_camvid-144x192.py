"""CGNet in CPU size on CamVid at half resolution.

Paper: Wu et al., TIP 2021, https://arxiv.org/abs/1811.08201.
Run: `python tools/train.py configs/cgnet/cgnet_tiny_1xb4-3k_camvid-144x192.py`
Expect: a loss that falls within the first 100 steps; no figure of a whole run is published or recorded.
"""

_base_ = [
    "../_base_/models/cgnet_tiny.py",
    "../_base_/datasets/camvid_144x192.py",
    "../_base_/schedules/adamw_3k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
optim_wrapper = dict(dtype="float32")  # depthwise convolutions in bfloat16 fail or crawl on some CPUs
fast = dict(autocast=False)
