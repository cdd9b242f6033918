"""AdamW as in `adamw_layer-decay_20k.py`, 40,000 iterations."""

_base_ = "adamw_layer-decay_20k.py"

max_iters = 40000
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-6, begin=0, end=1500, by_epoch=False),
    dict(type="PolyLR", eta_min=0.0, power=0.9, begin=1500, end=max_iters, by_epoch=False),
]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 10)
