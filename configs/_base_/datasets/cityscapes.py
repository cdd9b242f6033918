"""Cityscapes, 19 classes, 1024x2048, crops of 512x1024: 2975 train, 500 val images.

Source: Cordts et al., The Cityscapes dataset for semantic urban scene understanding, CVPR 2016.

Prepare: `python tools/prepare_dataset.py cityscapes --source DIR`
"""

_base_ = "loaders.py"

dataset_type = "CityscapesSegDataset"
data_root = "data/cityscapes"
num_classes = 19
crop_size = (512, 1024)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(2048, 1024), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(
    batch_size=2, dataset=dict(type=dataset_type, data_root=data_root, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root, pipeline={{_base_.test_pipeline}}))
test_dataloader = val_dataloader
