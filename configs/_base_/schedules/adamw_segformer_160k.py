"""AdamW, 160,000 iterations, linear warm-up and decay: SegFormer and SegNeXt as published.

The head learns ten times as fast; norms do not decay.
"""

max_iters = 160000
optim_wrapper = dict(
    type="AutocastOptimWrapper",
    dtype="float32",
    optimizer=dict(type="AdamW", lr=6e-5, weight_decay=0.01),
    paramwise_cfg=dict(
        custom_keys={
            "pos_block": dict(decay_mult=0.0),
            "norm": dict(decay_mult=0.0),
            "head": dict(lr_mult=10.0),
        }
    ),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-6, begin=0, end=1500, by_epoch=False),
    dict(type="PolyLR", eta_min=0.0, power=1.0, begin=1500, end=max_iters, by_epoch=False),
]
train_cfg = dict(type="ExactIterTrainLoop", max_iters=max_iters, val_interval=max(1, max_iters // 10))
val_cfg = dict(type="ValLossLoop")
test_cfg = dict(type="TestLoop")
