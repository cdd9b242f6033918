"""Cityscapes: leftImg8bit and gtFine."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np

from .converter import Converter, Entry, Sample, SourceError
from .pairing import read_ids

__all__ = ["CONVERTER", "number_things"]

# The publisher's id of each of the 19 evaluated classes, in the order of their training ids.
EVALUATED = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
FIRST_THING = 11
IMAGE, IDS, INSTANCES = "_leftImg8bit.png", "_gtFine_labelIds.png", "_gtFine_instanceIds.png"


def training_table() -> np.ndarray:
    """Return the (256,) uint8 table from the publisher's ids to training ids."""
    table = np.full(256, 255, np.uint8)
    table[list(EVALUATED)] = np.arange(len(EVALUATED))
    return table


def number_things(instances: np.ndarray) -> np.ndarray:
    """Renumber the things in an instance map of the publisher.

    Args:
        instances: (H, W) uint16; class id * 1000 + number for things, the class id for other pixels.

    Returns:
        (H, W) uint16: 1, 2, ... for every thing of an evaluated class, 0 elsewhere.

    >>> number_things(np.array([[7, 26001, 26000, 24]], np.uint16)).tolist()
    [[0, 2, 1, 0]]
    """
    values, inverse = np.unique(instances, return_inverse=True)
    things = (values >= 1000) & np.isin(values // 1000, EVALUATED[FIRST_THING:])
    numbers = np.where(things, np.cumsum(things), 0)
    return numbers[inverse].reshape(instances.shape).astype(np.uint16)


def make(image: Path, label: Path | None, instances: Path | None) -> Sample:
    """Turn the publisher's ids into training ids."""
    if label is None:
        return Sample(image, None)
    numbers = None
    if instances is not None:
        data = np.frombuffer(instances.read_bytes(), np.uint8)  # OpenCV can only open UTF-8 names
        raw = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
        if raw is None:
            raise ValueError(f"instance map {instances} cannot be decoded: fetch it again")
        numbers = number_things(raw)
    return Sample(image, training_table()[read_ids(label)], numbers)


def find(source: Path) -> list[Entry]:
    """List the images of all cities; the labels of the test split are not public."""
    if not (source / "leftImg8bit").is_dir() or not (source / "gtFine").is_dir():
        raise SourceError(f"{source} does not hold the folders leftImg8bit and gtFine of Cityscapes")
    entries = []
    for split in ("train", "val", "test"):
        for image in sorted((source / "leftImg8bit" / split).glob(f"*/*{IMAGE}")):
            stem = image.name.removesuffix(IMAGE)
            folder = source / "gtFine" / split / image.parent.name
            label, instances = folder / (stem + IDS), folder / (stem + INSTANCES)
            if split == "test":
                entries.append(Entry(split, stem, partial(make, image, None, None), (image,)))
                continue
            if not label.is_file():
                raise SourceError(f"{image} has no label {label}: fetch gtFine_trainvaltest.zip again")
            known = instances if instances.is_file() else None
            files = (image, label) if known is None else (image, label, known)
            entries.append(Entry(split, stem, partial(make, image, label, known), files))
    return entries


CONVERTER = Converter(
    name="cityscapes",
    num_classes=19,
    find=find,
    licence="the publisher's own terms of use, https://www.cityscapes-dataset.com/license",
    citation="Cordts et al.: The Cityscapes dataset for semantic urban scene understanding. CVPR 2016",
    fetch=(
        "Register at https://www.cityscapes-dataset.com, fetch leftImg8bit_trainvaltest.zip and "
        "gtFine_trainvaltest.zip and pass the folder that holds them, packed or not, as --source"
    ),
    counts={"train": 2975, "val": 500, "test": 1525},
)
