"""Magnetic tiles for CPU-size models: crops of 128x128, kinds of defect balanced, contrast equalised.

An image is sampled by its kind of defect, then a crop by defect or surface: there are 3,619 pixels of surface
to one of the rarest defect, from which a network would not learn it otherwise. Defects differ little in grey
from the surface, but tiles differ much from each other. Without equalisation, a U-Net from scratch found only
surface after 1,000 iterations. Tests use whole tiles.
"""

_base_ = "magnetic-tile.py"

crop_size = (128, 128)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="CLAHE", clip_limit=4.0),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(320, 320), ratio_range=(0.75, 1.33), keep_ratio=True),  # scale=(W, H)
    dict(type="ClassBalancedCrop", crop_size=crop_size),
    dict(type="RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
    dict(type="FastPhotoMetricDistortion", saturation_range=(1.0, 1.0), hue_delta=1),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend")),
    dict(type="CLAHE", clip_limit=4.0),
    dict(type="Resize", scale=(320, 320), keep_ratio=True),  # scale=(W, H)
    dict(type="LoadSegAnnotations"),
    dict(type="PackSegInputs"),
]
tta_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="CLAHE", clip_limit=4.0),
    dict(
        type="TestTimeAug",
        transforms=[
            [
                dict(type="Resize", scale=(int(320 * f), int(320 * f)), keep_ratio=True)
                for f in (0.75, 1.0, 1.25)
            ],
            [dict(type="RandomFlip", prob=p, direction="horizontal") for p in (0.0, 1.0)],
            [dict(type="LoadSegAnnotations")],
            [dict(type="PackSegInputs")],
        ],
    ),
]
train_dataloader = dict(
    sampler=dict(_delete_=True, type="ClassBalancedInfiniteSampler"),
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
