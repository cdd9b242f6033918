"""DRIVE, vessels of the retina, 584x565, crops of 64x64: 20 train, 20 val images.

Source: Staal et al., Ridge-based vessel segmentation in color images of the retina, IEEE TMI 23(4), 2004.

Prepare: `python tools/prepare_dataset.py drive --source DIR`
"""

_base_ = "loaders.py"

dataset_type = "DriveSegDataset"
data_root = "data/drive"
num_classes = 2
crop_size = (64, 64)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(565, 584), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
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
