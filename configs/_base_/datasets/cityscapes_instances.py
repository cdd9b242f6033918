"""Cityscapes with the instances of its eight thing classes, and mask AP beside mIoU."""

_base_ = "cityscapes.py"

crop_size = (512, 1024)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="LoadInstanceMap", replace={"labels/": "instances/"}),
    dict(type="RandomResize", scale=(2048, 1024), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackInstanceInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend")),
    dict(type="LoadSegAnnotations"),
    dict(type="LoadInstanceMap", replace={"labels/": "instances/"}),
    dict(type="PackInstanceInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = [dict(type="ConfusionMetric", iou_metrics=["mIoU", "mDice"]), dict(type="MaskAPMetric")]
test_evaluator = val_evaluator
