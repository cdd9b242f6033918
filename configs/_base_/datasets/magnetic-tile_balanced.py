"""Magnetic tiles whole, in batches of four, at sizes 0.75 to 1.5; defects balanced, contrast equalised.

Half of the crops are drawn around a pixel of a class, with all classes equally likely.
"""

_base_ = "magnetic-tile_128x128.py"

crop_size = (320, 320)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="CLAHE", clip_limit=4.0),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(320, 320), ratio_range=(0.75, 1.5), keep_ratio=True),  # scale=(W, H)
    dict(type="ClassBalancedCrop", crop_size=crop_size, prob=0.5, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
    dict(type="FastPhotoMetricDistortion", saturation_range=(1.0, 1.0), hue_delta=1),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))
