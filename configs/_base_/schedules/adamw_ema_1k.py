"""AdamW as in `adamw_1k.py` with an average of the weights, and the encoder at a quarter of the rate.

The average, which is validated and kept, spans about a tenth of the steps so far, and at most 500.
"""

_base_ = "adamw_1k.py"
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.25))))
custom_hooks = [
    dict(
        type="ExactEMAHook",
        ema_type="MomentumAnnealingEMA",
        momentum=2e-3,
        gamma=10,
        update_buffers=True,
        priority="NORMAL",
    )
]
