"""CamVid whole, in batches of four, at sizes 0.75 to 1.5.

Half of the crops are drawn around a pixel of a class, with all classes equally likely.
"""

_base_ = "camvid.py"

train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(480, 360), ratio_range=(0.75, 1.5), keep_ratio=True),  # scale=(W, H)
    dict(type="ClassBalancedCrop", crop_size={{_base_.crop_size}}, prob=0.5, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="FastPhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))
