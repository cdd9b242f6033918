"""Magnetic tiles in crops of 192x256, at sizes 0.5 to 1.5; kinds of defect balanced, contrast equalised.

Half of the crops are drawn around a pixel of a class, with all classes equally likely.
"""

_base_ = "magnetic-tile_128x128.py"

crop_size = (192, 256)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="CLAHE", clip_limit=4.0),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(320, 320), ratio_range=(0.5, 1.5), keep_ratio=True),  # scale=(W, H)
    dict(type="ClassBalancedCrop", crop_size=crop_size, prob=0.5, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
    dict(type="FastPhotoMetricDistortion", saturation_range=(1.0, 1.0), hue_delta=1),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
