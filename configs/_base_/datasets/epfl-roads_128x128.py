"""EPFL roads at full resolution for CPU-size models: crops of 128x128, whole images in tests."""

_base_ = "epfl-roads.py"

crop_size = (128, 128)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(400, 400), ratio_range=(0.75, 1.33), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size),
    dict(type="RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
    dict(type="FastPhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
