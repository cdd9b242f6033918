"""Photos of people in crops of 192x256, at sizes 0.5 to 1.5.

Half of the crops are drawn around a pixel of a class, with all classes equally likely.
"""

_base_ = "human-matte.py"

crop_size = (192, 256)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(640, 400), ratio_range=(0.5, 1.5), keep_ratio=True),  # scale=(W, H)
    dict(type="ClassBalancedCrop", crop_size=crop_size, prob=0.5, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="FastPhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
