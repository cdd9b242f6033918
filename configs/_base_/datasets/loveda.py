"""LoveDA, 7 classes, 1024x1024, crops of 512x512: 2522 train, 1669 val images.

Source: Wang et al., LoveDA, NeurIPS Datasets and Benchmarks 2021.

Prepare: `python tools/prepare_dataset.py loveda --source DIR`
"""

_base_ = "loaders.py"

dataset_type = "LoveDASegDataset"
data_root = "data/loveda"
num_classes = 7
crop_size = (512, 512)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(1024, 1024), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
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
