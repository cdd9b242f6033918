"""A run of seconds: eight drawn images, a tiny FCN of upstream's classes, a config file."""

from pathlib import Path

import numpy as np
from PIL import Image

CONFIG = """
custom_imports = dict(imports=["seg_plugins.register"], allow_failed_imports=False)
default_scope = "mmseg"
data_root = "{root}"
num_classes = 2
crop_size = (32, 32)
metainfo = dict(classes=("ground", "disc"), palette=[[40, 60, 80], [230, 160, 30]])
train_pipeline = [
    dict(type="LoadImageFromFile"), dict(type="LoadAnnotations"),
    dict(type="RandomCrop", crop_size=crop_size), dict(type="PackSegInputs"),
]
test_pipeline = [dict(type="LoadImageFromFile"), dict(type="LoadAnnotations"), dict(type="PackSegInputs")]
tta_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="TestTimeAug", transforms=[
        [dict(type="Resize", scale_factor=f, keep_ratio=True) for f in (1.0, 1.5)],
        [dict(type="RandomFlip", prob=p, direction="horizontal") for p in (0.0, 1.0)],
        [dict(type="LoadAnnotations")], [dict(type="PackSegInputs")],
    ]),
]
dataset = dict(type="BaseSegDataset", data_root=data_root, metainfo=metainfo, img_suffix=".png",
               pipeline=train_pipeline,
               data_prefix=dict(img_path="images/train", seg_map_path="labels/train"))
train_dataloader = dict(batch_size=2, num_workers=0, dataset=dataset,
                        sampler=dict(type="InfiniteSampler", shuffle=True))
val_dataloader = dict(batch_size=1, num_workers=0, sampler=dict(type="DefaultSampler", shuffle=False),
                      dataset=dict(type="BaseSegDataset", data_root=data_root, metainfo=metainfo,
                                   img_suffix=".png", pipeline=test_pipeline,
                                   data_prefix=dict(img_path="images/val", seg_map_path="labels/val")))
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator
model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(type="SegDataPreProcessor", mean=[127.0] * 3, std=[64.0] * 3, bgr_to_rgb=True,
                           pad_val=0, seg_pad_val=255, size=crop_size),
    backbone=dict(type="ResNetV1c", depth=18, base_channels=4, stem_channels=4, num_stages=2,
                  strides=(1, 2), dilations=(1, 1), out_indices=(1,), norm_cfg=dict(type="BN")),
    decode_head=dict(type="FCNHead", in_channels=8, channels=8, num_convs=1, concat_input=False,
                     num_classes=num_classes, norm_cfg=dict(type="BN")),
    test_cfg=dict(mode="whole"),
)
tta_model = dict(type="PostprocessTTAModel")
max_iters = {iters}
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="AdamW", lr=1e-2))
param_scheduler = [dict(type="PolyLR", eta_min=1e-5, power=0.9, begin=0, end=max_iters, by_epoch=False)]
train_cfg = dict(type="IterBasedTrainLoop", max_iters=max_iters, val_interval=max_iters)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
vis_backends = [dict(type="LocalVisBackend")]
visualizer = dict(type="SegLocalVisualizer", vis_backends=vis_backends, name="visualizer")
log_processor = dict(by_epoch=False)
randomness = dict(seed=0)
default_hooks = dict(
    logger=dict(type="LoggerHook", interval=1, log_metric_by_epoch=False),
    checkpoint=dict(type="CheckpointHook", by_epoch=False, interval=max_iters),
    visualization=dict(type="SegVisualizationHook"),
)
"""


def draw_disc(rng, size):
    """An image (H, W, 3) uint8 with a bright disc, and its class map (H, W) uint8 of 0 and 1."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    centre, radius = rng.uniform(0.3, 0.7, 2) * size, rng.uniform(0.2, 0.3) * min(size)
    label = ((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2).astype(np.uint8)
    image = np.where(label[..., None] == 1, (220, 160, 60), (60, 80, 100)) + rng.normal(0, 12, (*size, 3))
    return image.clip(0, 255).astype(np.uint8), label


def write_run(folder: Path, iters: int = 2, size=(48, 40)) -> Path:
    """Write the data set (6 training, 2 validation images) and the config `disc.py`; returns the config."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 6), ("val", 2)):
        for kind in ("images", "labels"):
            (folder / "data" / kind / split).mkdir(parents=True)
        for index in range(count):
            image, label = draw_disc(rng, size)
            Image.fromarray(image).save(folder / "data" / "images" / split / f"{index}.png")
            Image.fromarray(label).save(folder / "data" / "labels" / split / f"{index}.png")
    config = folder / "disc.py"
    config.write_text(CONFIG.format(root=folder / "data", iters=iters))
    return config
