"""SGD as in `sgd_20k.py`, 40,000 iterations."""

_base_ = "sgd_20k.py"

max_iters = 40000
param_scheduler = [dict(type="PolyLR", eta_min=1e-4, power=0.9, begin=0, end=max_iters, by_epoch=False)]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 10)
