"""A segmentor of a few hundred parameters on a data set of a few images, for tests of whole runs."""

import cv2
import numpy as np
import torch
from mmengine import ConfigDict
from mmengine.model import BaseModule
from mmengine.runner import Runner
from mmseg.registry import MODELS
from torch import nn

import seg_plugins.register  # noqa: F401  (registers)

CLASSES = ("road", "car", "sky", "tree")
PALETTE = [[128, 64, 128], [0, 0, 142], [70, 130, 180], [107, 142, 35]]


@MODELS.register_module()
class TwoConvolutions(BaseModule):
    """Stride 4, 8 channels; counts its forward passes."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU())
        self.passes = 0

    def forward(self, x):
        self.passes += 1
        return (self.body(x),)


def head(**changes):
    return (
        dict(
            type="FCNHead",
            in_channels=8,
            in_index=0,
            channels=8,
            num_convs=1,
            concat_input=False,
            dropout_ratio=0.1,
            num_classes=len(CLASSES),
            norm_cfg=dict(type="BN"),
            align_corners=False,
            loss_decode=dict(type="CrossEntropyLoss"),
        )
        | changes
    )


def model(divisor=1, mode="whole", auxiliary=True, type_="EncoderDecoder"):
    return dict(
        type=type_,
        data_preprocessor=dict(
            type="SegDataPreProcessor",
            mean=[128] * 3,
            std=[60] * 3,
            bgr_to_rgb=True,
            pad_val=0,
            seg_pad_val=255,
            size=(32, 48),
            test_cfg=dict(size_divisor=divisor),
        ),
        backbone=dict(type="TwoConvolutions"),
        decode_head=head(),
        auxiliary_head=head(loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4))
        if auxiliary
        else None,
        train_cfg={},
        test_cfg=dict(mode=mode, crop_size=(16, 24), stride=(8, 12)) if mode == "slide" else dict(mode=mode),
    )


def write_images(root, count=4, size=(32, 48)):
    """Images whose colour tells their class, labels with a few unlabelled rows."""
    rng = np.random.default_rng(0)
    for folder in ("images", "labels"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        coarse = rng.integers(0, len(CLASSES), (size[0] // 8, size[1] // 8)).astype(np.uint8)
        labels = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_NEAREST)
        image = np.array(PALETTE, np.uint8)[labels][..., ::-1]
        labels[:2] = 255
        cv2.imwrite(str(root / "images" / f"{i}.png"), image)
        cv2.imwrite(str(root / "labels" / f"{i}.png"), labels)


def loader(root, size=None, batch=1, sampler="DefaultSampler"):
    resize = [dict(type="Resize", scale=size[::-1], keep_ratio=False)] if size else []
    return dict(
        batch_size=batch,
        num_workers=0,
        sampler=dict(type=sampler, shuffle=False),
        dataset=dict(
            type="BaseSegDataset",
            data_root=str(root),
            img_suffix=".png",
            seg_map_suffix=".png",
            data_prefix=dict(img_path="images", seg_map_path="labels"),
            metainfo=dict(classes=CLASSES, palette=PALETTE),
            pipeline=[
                dict(type="LoadImageFromFile"),
                *resize,
                dict(type="LoadAnnotations"),
                dict(type="PackSegInputs"),
            ],
        ),
    )


def runner(
    root, iterations=4, val_interval=2, hooks=None, custom_hooks=(), size=None, batch=1, **model_changes
):
    """A runner over `root`, into which images are written."""
    write_images(root / "data")
    torch.manual_seed(0)
    return Runner(
        model=ConfigDict(model(**model_changes)),
        work_dir=str(root / "work"),
        train_dataloader=loader(root / "data", batch=2, sampler="InfiniteSampler"),
        val_dataloader=loader(root / "data", size, batch),
        test_dataloader=loader(root / "data", size, batch),
        train_cfg=dict(type="IterBasedTrainLoop", max_iters=iterations, val_interval=val_interval),
        val_cfg=dict(type="ValLossLoop"),
        test_cfg=dict(type="TestLoop"),
        optim_wrapper=dict(optimizer=dict(type="AdamW", lr=0.01)),
        val_evaluator=dict(type="ConfusionMetric"),
        test_evaluator=dict(type="ConfusionMetric"),
        visualizer=dict(
            type="SegLocalVisualizer", vis_backends=[dict(type="LocalVisBackend")], name=root.name
        ),
        default_hooks=dict(logger=dict(type="LoggerHook", log_metric_by_epoch=False), checkpoint=None)
        | (hooks or {}),
        custom_hooks=list(custom_hooks),
        log_processor=dict(by_epoch=False),
        default_scope="mmseg",
        experiment_name=root.name,
        randomness=dict(seed=0),
    )
