"""AdamW, 90,000 iterations, polynomial decay: Mask2Former as published.

The encoder learns a tenth as fast; norms and embeddings do not decay. The keys of Swin's stages have no
effect on a ResNet.
"""

max_iters = 90000
optim_wrapper = dict(
    type="AutocastOptimWrapper",
    dtype="float32",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=0.01, norm_type=2),
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        custom_keys={
            "backbone": dict(lr_mult=0.1, decay_mult=1.0),
            "backbone.patch_embed.norm": dict(lr_mult=0.1, decay_mult=0.0),
            "backbone.norm": dict(lr_mult=0.1, decay_mult=0.0),
            "relative_position_bias_table": dict(lr_mult=0.1, decay_mult=0.0),
            **{
                f"backbone.stages.{i}.{part}.norm": dict(lr_mult=0.1, decay_mult=0.0)
                for i, blocks in enumerate((2, 2, 6, 2))
                for part in (*(f"blocks.{j}" for j in range(blocks)), "downsample")
            },
            "query_embed": dict(lr_mult=1.0, decay_mult=0.0),
            "query_feat": dict(lr_mult=1.0, decay_mult=0.0),
            "level_embed": dict(lr_mult=1.0, decay_mult=0.0),
        },
    ),
)
param_scheduler = [dict(type="PolyLR", eta_min=0.0, power=0.9, begin=0, end=max_iters, by_epoch=False)]
train_cfg = dict(type="ExactIterTrainLoop", max_iters=max_iters, val_interval=max(1, max_iters // 10))
val_cfg = dict(type="ValLossLoop")
test_cfg = dict(type="TestLoop")
