"""EPFL road segmentation, satellite images of 400x400, crops of 384x384.

Source: EPFL, course CS-433, project Road segmentation. Every fifth image is validation.

Prepare: `python tools/prepare_dataset.py epfl-roads --source DIR`
"""

_base_ = "loaders.py"

dataset_type = "EPFLRoadsDataset"
data_root = "data/epfl-roads"
num_classes = 2
crop_size = (384, 384)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(400, 400), ratio_range=(1.0, 1.5), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(
    batch_size=4, dataset=dict(type=dataset_type, data_root=data_root, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root, pipeline={{_base_.test_pipeline}}))
test_dataloader = val_dataloader
