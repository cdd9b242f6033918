"""`adamw_ema_1k.py` at 0.3 of its rates, to train on with whole images."""

_base_ = "adamw_ema_1k.py"
optim_wrapper = dict(optimizer=dict(lr=6e-4))
