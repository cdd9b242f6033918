"""Magnetic tiles, five kinds of defect and the intact surface, sizes vary, crops of 224x224.

Source: Huang et al., Surface defect saliency of magnetic tile, The Visual Computer 36, 2020. Every fifth
image is validation.

Prepare: `python tools/prepare_dataset.py magnetic-tile --source DIR`
"""

_base_ = "loaders.py"

dataset_type = "MagneticTileDataset"
data_root = "data/magnetic-tile"
num_classes = 6
crop_size = (224, 224)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(320, 320), ratio_range=(0.75, 1.5), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend")),
    dict(type="Resize", scale=(320, 320), keep_ratio=True),  # scale=(W, H)
    dict(type="LoadSegAnnotations"),
    dict(type="PackSegInputs"),
]
tta_pipeline = [
    dict(type="LoadSegImage"),
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
    batch_size=8, dataset=dict(type=dataset_type, data_root=data_root, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root, pipeline=test_pipeline))
test_dataloader = val_dataloader
