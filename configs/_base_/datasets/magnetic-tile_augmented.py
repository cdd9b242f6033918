"""Magnetic tiles with strong augmentation, the default for industrial.

It has crops around defects and small rotations, but no occlusion, which would look like a defect.
"""

_base_ = "magnetic-tile.py"

train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(320, 320), ratio_range=(0.75, 1.5), keep_ratio=True),  # scale=(W, H)
    dict(type="ClassBalancedCrop", crop_size={{_base_.crop_size}}, prob=0.5, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
    dict(type="RandomAffineWarp", prob=0.3, degrees=5, shift=0.05),
    dict(type="FastPhotoMetricDistortion", saturation_range=(1.0, 1.0), hue_delta=1),
    dict(type="RandomBlur", prob=0.1, sigma=(0.3, 1.0), length=(3, 5)),
    dict(type="RandomSensorNoise", prob=0.2),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
