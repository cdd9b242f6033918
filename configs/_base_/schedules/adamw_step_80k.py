"""AdamW, 80,000 iterations, a tenth of the rate at 60,000 and at 72,000: K-Net as published."""

max_iters = 80000
optim_wrapper = dict(
    type="AutocastOptimWrapper",
    dtype="float32",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=5e-4),
    clip_grad=dict(max_norm=1, norm_type=2),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, begin=0, end=1000, by_epoch=False),
    dict(type="MultiStepLR", milestones=[60000, 72000], gamma=0.1, begin=1000, end=max_iters, by_epoch=False),
]
train_cfg = dict(type="ExactIterTrainLoop", max_iters=max_iters, val_interval=max(1, max_iters // 10))
val_cfg = dict(type="ValLossLoop")
test_cfg = dict(type="TestLoop")
