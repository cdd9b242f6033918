"""ISBI membranes with strong augmentation, the default for medical.

It has all rotations and flips and elastic deformation, but no change of hue, as the images are grey.
"""

_base_ = "isbi-em.py"

train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(
        type="FusedResizeCrop",
        scale=(512, 512),  # (W, H)
        ratio_range=(0.75, 1.33),
        keep_ratio=True,
        crop_size={{_base_.crop_size}},
        cat_max_ratio=0.75,
    ),
    dict(type="RandomFlip", prob=[0.25, 0.25, 0.25], direction=["horizontal", "vertical", "diagonal"]),
    dict(type="RandomAffineWarp", prob=0.5, degrees=45),
    dict(type="RandomElastic", prob=0.5, spacing=64, strength=5),
    dict(type="FastPhotoMetricDistortion", saturation_range=(1.0, 1.0), hue_delta=1),
    dict(type="RandomBlur", prob=0.1, sigma=(0.3, 1.2), length=(3, 5)),
    dict(type="RandomSensorNoise", prob=0.2),
    dict(type="RandomOcclusion", prob=0.1),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
