"""People with strong augmentation, the default for people.

It imitates a hand-held camera, its compression, and things in front of the person.
"""

_base_ = "human-matte.py"

train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(
        type="FusedResizeCrop",
        scale=(640, 400),  # (W, H)
        ratio_range=(0.75, 2.0),
        keep_ratio=True,
        crop_size={{_base_.crop_size}},
        cat_max_ratio=0.75,
    ),
    dict(type="RandomFlip", prob=0.5),
    dict(type="RandomAffineWarp", prob=0.5, degrees=15, scale=(0.9, 1.1)),
    dict(type="FastPhotoMetricDistortion"),
    dict(type="RandomBlur", prob=0.1),
    dict(type="RandomSensorNoise", prob=0.2),
    dict(type="RandomJPEG", prob=0.2, quality=(30, 90)),
    dict(type="RandomOcclusion", prob=0.3),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
