"""Settings that the data sets of this zoo share: folders, loaders, samplers and metrics.

A data set inherits these and adds its class, root, training pipeline and batch size. Test images are not
resized, unless the data set says so.
"""

test_pipeline = [
    dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend")),
    dict(type="LoadSegAnnotations"),
    dict(type="PackSegInputs"),
]
tta_pipeline = [
    dict(type="LoadSegImage"),
    dict(
        type="TestTimeAug",
        transforms=[
            [dict(type="Resize", scale_factor=f, keep_ratio=True) for f in (0.75, 1.0, 1.25)],
            [dict(type="RandomFlip", prob=p, direction="horizontal") for p in (0.0, 1.0)],
            [dict(type="LoadSegAnnotations")],
            [dict(type="PackSegInputs")],
        ],
    ),
]
train_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="ExactInfiniteSampler", shuffle=True),
    dataset=dict(data_prefix=dict(img_path="images/train", seg_map_path="labels/train")),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(data_prefix=dict(img_path="images/val", seg_map_path="labels/val")),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="ConfusionMetric", iou_metrics=["mIoU", "mDice"])
test_evaluator = val_evaluator
