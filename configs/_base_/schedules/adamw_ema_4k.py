"""`adamw_ema_1k.py` for 4,000 iterations, validated every 1,000."""

_base_ = "adamw_ema_1k.py"

max_iters = 4000
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, begin=0, end=50, by_epoch=False),
    dict(type="PolyLR", eta_min=1e-5, power=0.9, begin=50, end=max_iters, by_epoch=False),
]
train_cfg = dict(max_iters=max_iters, val_interval=1000)
