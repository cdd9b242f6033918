"""Miniature sources, and the test that every converter passes."""

import cv2
import numpy as np
from mmseg.registry import DATASETS

from seg_plugins.converters import CONVERTERS
from seg_plugins.converters.writing import prepare


def write_image(path, shape, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, shape, np.uint8))


def write_mask(path, mask):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), mask)


def convert(name, source, out):
    converter = CONVERTERS[name]
    return prepare(converter, converter.find(source), out, partial_source=True)


def read_label(out, split, stem):
    return cv2.imread(str(out / "labels" / split / f"{stem}.png"), cv2.IMREAD_UNCHANGED)


def load(dataset_type, out, split):
    return DATASETS.build(
        dict(
            type=dataset_type,
            data_root=str(out),
            data_prefix=dict(img_path=f"images/{split}", seg_map_path=f"labels/{split}"),
            pipeline=[dict(type="LoadSegImage"), dict(type="LoadSegAnnotations")],
        )
    )
