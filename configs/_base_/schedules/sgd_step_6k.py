"""SGD, 6,000 iterations, rate divided by ten every 2,000; the classifier learns ten times as fast.

Chen et al., ICLR 2015, section 4.1.
"""

max_iters = 6000
optim_wrapper = dict(
    type="AutocastOptimWrapper",
    dtype="float32",
    optimizer=dict(type="SGD", lr=0.001, momentum=0.9, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys={"decode_head": dict(lr_mult=10.0)}),
)
param_scheduler = [
    dict(type="MultiStepLR", milestones=[2000, 4000], gamma=0.1, begin=0, end=max_iters, by_epoch=False)
]
train_cfg = dict(type="ExactIterTrainLoop", max_iters=max_iters, val_interval=max(1, max_iters // 3))
val_cfg = dict(type="ValLossLoop")
test_cfg = dict(type="TestLoop")
