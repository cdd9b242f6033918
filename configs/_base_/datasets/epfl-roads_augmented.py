"""EPFL roads with strong augmentation, the default for aerial.

It has all rotations and flips, uniform haze, and occlusions like those by trees and shadows.
"""

_base_ = "epfl-roads.py"

train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(
        type="FusedResizeCrop",
        scale=(400, 400),  # (W, H)
        ratio_range=(1.0, 1.5),
        keep_ratio=True,
        crop_size={{_base_.crop_size}},
        cat_max_ratio=0.75,
    ),
    dict(type="RandomFlip", prob=[0.25, 0.25, 0.25], direction=["horizontal", "vertical", "diagonal"]),
    dict(type="RandomAffineWarp", prob=0.5, degrees=45),
    dict(type="FastPhotoMetricDistortion"),
    dict(type="RandomFog", prob=0.1, density=(0.05, 0.25), horizon=False),
    dict(type="RandomBlur", prob=0.1, sigma=(0.3, 1.2), length=(3, 5)),
    dict(type="RandomSensorNoise", prob=0.1),
    dict(type="RandomJPEG", prob=0.1),
    dict(type="RandomOcclusion", prob=0.2),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
