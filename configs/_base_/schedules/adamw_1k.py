"""AdamW, 1,000 iterations, linear warm-up then polynomial decay: for tiny models trained from scratch."""

max_iters = 1000
optim_wrapper = dict(
    type="AutocastOptimWrapper",
    dtype="auto",
    optimizer=dict(type="AdamW", lr=2e-3, weight_decay=1e-2),
    clip_grad=dict(max_norm=1.0, norm_type=2),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, begin=0, end=50, by_epoch=False),
    dict(type="PolyLR", eta_min=1e-5, power=0.9, begin=50, end=max_iters, by_epoch=False),
]
train_cfg = dict(type="ExactIterTrainLoop", max_iters=max_iters, val_interval=max_iters)
val_cfg = dict(type="ValLossLoop")
test_cfg = dict(type="TestLoop")
