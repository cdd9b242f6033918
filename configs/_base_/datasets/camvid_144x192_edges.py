"""CamVid at half resolution, with maps of the edges between classes."""

_base_ = "camvid_144x192.py"

train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(240, 180), ratio_range=(0.8, 1.6), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size={{_base_.crop_size}}, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="GenerateEdge", edge_width=2),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
