"""Photos resized to a short side of 512: crops of 512x512 in training, whole photos in tests."""

_base_ = "loaders.py"

crop_size = (512, 512)  # (H, W)
train_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="LoadSegAnnotations"),
    dict(type="RandomResize", scale=(2048, 512), ratio_range=(0.5, 2.0), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend")),
    dict(type="Resize", scale=(2048, 512), keep_ratio=True),  # scale=(W, H)
    dict(type="LoadSegAnnotations"),
    dict(type="PackSegInputs"),
]
tta_pipeline = [
    dict(type="LoadSegImage"),
    dict(
        type="TestTimeAug",
        transforms=[
            [
                dict(type="Resize", scale=(int(2048 * f), int(512 * f)), keep_ratio=True)
                for f in (0.75, 1.0, 1.25)
            ],
            [dict(type="RandomFlip", prob=p, direction="horizontal") for p in (0.0, 1.0)],
            [dict(type="LoadSegAnnotations")],
            [dict(type="PackSegInputs")],
        ],
    ),
]
