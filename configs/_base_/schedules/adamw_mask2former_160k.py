"""AdamW as in `adamw_mask2former_90k.py`, 160,000 iterations."""

_base_ = "adamw_mask2former_90k.py"

max_iters = 160000
param_scheduler = [dict(type="PolyLR", eta_min=0.0, power=0.9, begin=0, end=max_iters, by_epoch=False)]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 10)
