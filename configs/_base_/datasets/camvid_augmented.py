"""CamVid with strong augmentation, the default for driving.

It has small rotations, weather and compression, but no vertical flips.
"""

_base_ = "camvid.py"

train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(480, 360), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
    dict(type="ClassBalancedCrop", crop_size={{_base_.crop_size}}, prob=0.5, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="RandomAffineWarp", prob=0.3, degrees=3, shear=2),
    dict(type="FastPhotoMetricDistortion"),
    dict(type="RandomFog", prob=0.05),
    dict(type="RandomRain", prob=0.05),
    dict(type="RandomSnow", prob=0.05),
    dict(type="RandomBlur", prob=0.1),
    dict(type="RandomSensorNoise", prob=0.1),
    dict(type="RandomJPEG", prob=0.1),
    dict(type="RandomOcclusion", prob=0.2),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
