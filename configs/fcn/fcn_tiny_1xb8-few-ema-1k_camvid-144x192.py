"""FCN in CPU size on an eighth of CamVid's labels: averaged weights, twice the images a step, blur.

What ways to learn from unlabelled images as well have to beat: as many images a step, colours changed alike,
and the same average of the weights, without unlabelled images.
Paper: Long, Shelhamer and Darrell, CVPR 2015, https://arxiv.org/abs/1411.4038.
Run: `python tools/train.py configs/fcn/fcn_tiny_1xb8-few-ema-1k_camvid-144x192.py`
Expect: figures stand in configs/RESULTS.md.
"""

_base_ = "fcn_tiny_1xb4-few-1k_camvid-144x192.py"
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(240, 180), ratio_range=(0.8, 1.6), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size={{_base_.crop_size}}, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="FastPhotoMetricDistortion"),
    dict(type="RandomBlur", prob=0.5),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
custom_hooks = [
    dict(
        type="ExactEMAHook",
        ema_type="ExponentialMovingAverage",
        momentum=0.01,
        update_buffers=True,
        priority="NORMAL",
    )
]
