"""Synthetic streets, CamVid's 11 classes, 128x256: 600 train, 100 val scenes drawn by code, no download.

Prepare: `python tools/prepare_dataset.py synth-streets`
"""

_base_ = "loaders.py"

dataset_type = "SynthStreetsDataset"
data_root = "data/synth-streets"
num_classes = 11
crop_size = (128, 256)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(256, 128), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(
    batch_size=4, dataset=dict(type=dataset_type, data_root=data_root, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root, pipeline={{_base_.test_pipeline}}))
test_dataloader = val_dataloader
