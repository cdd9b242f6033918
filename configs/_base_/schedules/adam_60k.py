"""Adam, 60,000 iterations, polynomial decay: CGNet as published."""

max_iters = 60000
optim_wrapper = dict(
    type="AutocastOptimWrapper",
    dtype="float32",
    optimizer=dict(type="Adam", lr=0.001, weight_decay=5e-4),
)
param_scheduler = [
    dict(type="PolyLR", eta_min=1e-4, power=0.9, begin=0, end=max_iters, by_epoch=False),
]
train_cfg = dict(type="ExactIterTrainLoop", max_iters=max_iters, val_interval=max(1, max_iters // 10))
val_cfg = dict(type="ValLossLoop")
test_cfg = dict(type="TestLoop")
