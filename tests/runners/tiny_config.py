"""A run of a second: 12 random pictures of 24 x 32, a U-Net of a few hundred parameters, every kind of
randomness.

Formatted by `base.write_config`: the data's place stands in `data_root`.
"""

data_root = "DATA"
custom_imports = dict(imports=["seg_plugins.register"], allow_failed_imports=False)
default_scope = "mmseg"
runner_type = "SegRunner"
env_cfg = dict(mp_cfg=dict(mp_start_method="fork", opencv_num_threads=1), dist_cfg=dict(backend="gloo"))
randomness = dict(seed=7)
log_level = "INFO"
log_processor = dict(by_epoch=False, window_size=4)
vis_backends = [dict(type="LocalVisBackend")]
visualizer = dict(type="SegLocalVisualizer", vis_backends=vis_backends, name="visualizer")
model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="SegDataPreProcessor", mean=[127] * 3, std=[60] * 3, size=(16, 16), pad_val=0, seg_pad_val=255
    ),
    backbone=dict(
        type="UNet",
        in_channels=3,
        base_channels=4,
        num_stages=2,
        strides=(1, 1),
        enc_num_convs=(1, 1),
        dec_num_convs=(1,),
        downsamples=(True,),
        enc_dilations=(1, 1),
        dec_dilations=(1,),
        norm_cfg=dict(type="BN"),
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=4,
        in_index=1,
        channels=4,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.3,
        num_classes=2,
        norm_cfg=dict(type="BN"),
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
dataset = dict(
    type="BaseSegDataset",
    data_root=data_root,
    data_prefix=dict(img_path="images", seg_map_path="labels"),
    img_suffix=".png",
    seg_map_suffix=".png",
    reduce_zero_label=False,
    serialize_data=False,
    metainfo=dict(classes=("dark", "bright"), palette=[[0, 0, 0], [255, 255, 255]]),
)
train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="ExactInfiniteSampler", shuffle=True),
    dataset=dict(
        **dataset,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(type="RandomResize", scale=(32, 24), ratio_range=(0.8, 1.5), keep_ratio=True),
            dict(type="RandomCrop", crop_size=(16, 16)),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PhotoMetricDistortion"),
            dict(type="PackSegInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        **dataset,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(type="PackSegInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator
train_cfg = dict(type="ExactIterTrainLoop", max_iters=24, val_interval=8)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="AdamW", lr=0.01))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.1, begin=0, end=6, by_epoch=False),
    dict(type="PolyLR", power=0.9, eta_min=1e-4, begin=6, end=24, by_epoch=False),
]
custom_hooks = [
    dict(type="ExactEMAHook", ema_type="ExponentialMovingAverage", momentum=0.1, update_buffers=True),
    dict(type="ExactEarlyStoppingHook", monitor="mIoU", patience=50),
]
default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=1, log_metric_by_epoch=False),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="WholeCheckpointHook", by_epoch=False, interval=3, save_best="mIoU", max_keep_ckpts=2
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)
