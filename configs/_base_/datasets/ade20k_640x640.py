"""ADE20K with crops of 640x640, as published for Segmenter ViT-L."""

_base_ = "ade20k.py"

crop_size = (640, 640)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(2560, 640), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend")),
    dict(type="Resize", scale=(2560, 640), keep_ratio=True),  # scale=(W, H)
    dict(type="LoadSegAnnotations"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
