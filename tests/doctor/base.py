"""Small data sets on disk, whole or with a planted fault."""

import cv2
import numpy as np
from mmengine.config import Config

import seg_plugins.register  # noqa: F401

CLASSES = ("ground", "square", "disc")
SIZE = (40, 56)


def scene(seed):
    """Image and label: ground with a square and a disc on textured noise."""
    rng = np.random.default_rng(seed)
    label = np.zeros(SIZE, np.uint8)
    y, x = rng.integers(2, 16), rng.integers(2, 20)
    label[y : y + 14, x : x + 14] = 1
    cv2.circle(label, (int(rng.integers(36, 48)), int(rng.integers(10, 30))), 8, 2, -1)
    texture = cv2.resize(
        rng.integers(0, 120, (8, 11, 3), dtype=np.uint8), SIZE[::-1], interpolation=cv2.INTER_CUBIC
    )
    return texture + 60 * label[..., None], label


def make(root, train=6, val=4):
    """Writes a whole data set and returns its config."""
    for split, seeds in (("train", range(train)), ("val", range(100, 100 + val))):
        for kind in ("images", "labels"):
            (root / kind / split).mkdir(parents=True)
        for seed in seeds:
            image, label = scene(seed)
            cv2.imwrite(str(root / "images" / split / f"{seed:04d}.png"), image)
            cv2.imwrite(str(root / "labels" / split / f"{seed:04d}.png"), label)
    return config(root)


def config(root, **dataset):
    """A config with the loaders of such a data set."""

    def loader(split):
        data = dict(
            type="CheckedSegDataset",
            data_root=str(root),
            metainfo=dict(classes=CLASSES, palette=[[0, 0, 0], [255, 0, 0], [0, 0, 255]]),
            data_prefix=dict(img_path=f"images/{split}", seg_map_path=f"labels/{split}"),
            pipeline=[dict(type="LoadSegImage"), dict(type="LoadSegAnnotations"), dict(type="PackSegInputs")],
        )
        return dict(batch_size=1, dataset=data | dataset)

    loaders = {f"{s}_dataloader": loader(s) for s in ("train", "val")}
    return Config(dict(default_scope="mmseg", test_dataloader=loader("val"), **loaders))
