"""One pass over at most 100 training images, then validation, for models without gradients."""

optim_wrapper = dict(constructor="NoOptimWrapperConstructor", optimizer=dict(type="SGD", lr=0.0))
train_cfg = dict(type="FitLoop", max_batches=100)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
