"""AdamW, 20,000 iterations, rates that fall by 0.8 for each of 24 blocks towards the input: EoMT-L.

As published: rate, decay, gradient norm, layer decay and polynomial decay. The published warm-up keeps the
encoder still for 500 steps and then warms it up for 1,000; here all parameters warm up for 1,500.
"""

max_iters = 20000
optim_wrapper = dict(
    type="AutocastOptimWrapper",
    dtype="float32",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=0.01, norm_type=2),
    paramwise_cfg=dict(
        custom_keys={
            **{f"backbone.blocks.{i}.": dict(lr_mult=0.8 ** (23 - i)) for i in range(24)},
            **{
                f"backbone.{name}": dict(lr_mult=0.8**23)
                for name in ("patch_embed", "pos_embed", "cls_token", "register_tokens")
            },
        }
    ),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-6, begin=0, end=1500, by_epoch=False),
    dict(type="PolyLR", eta_min=0.0, power=0.9, begin=1500, end=max_iters, by_epoch=False),
]
train_cfg = dict(type="ExactIterTrainLoop", max_iters=max_iters, val_interval=max(1, max_iters // 10))
val_cfg = dict(type="ValLossLoop")
test_cfg = dict(type="TestLoop")
