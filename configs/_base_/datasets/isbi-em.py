"""ISBI 2012, membranes in electron microscopy, 512x512, crops of 256x256.

Source: Arganda-Carreras et al., Crowdsourcing the creation of image segmentation algorithms for connectomics,
Frontiers in Neuroanatomy 9, 2015. Every fifth slice is validation.

Prepare: `python tools/prepare_dataset.py isbi-em --source DIR`
"""

_base_ = "loaders.py"

dataset_type = "ISBIEMDataset"
data_root = "data/isbi-em"
num_classes = 2
crop_size = (256, 256)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(512, 512), ratio_range=(0.75, 1.33), keep_ratio=True),  # scale=(W, H)
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
