"""SGD, 20,000 iterations, polynomial decay from 2.5e-4; the classifiers learn ten times as fast.

Chen et al., TPAMI 2017, section 4.1.2 and the released solver.
"""

max_iters = 20000
optim_wrapper = dict(
    type="AutocastOptimWrapper",
    dtype="float32",
    optimizer=dict(type="SGD", lr=2.5e-4, momentum=0.9, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys={"decode_head": dict(lr_mult=10.0)}),
)
param_scheduler = [dict(type="PolyLR", eta_min=0.0, power=0.9, begin=0, end=max_iters, by_epoch=False)]
train_cfg = dict(type="ExactIterTrainLoop", max_iters=max_iters, val_interval=max(1, max_iters // 10))
val_cfg = dict(type="ValLossLoop")
test_cfg = dict(type="TestLoop")
