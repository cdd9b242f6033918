"""ADE20K, as published for the scene parsing challenge of 2016."""

from functools import partial
from pathlib import Path

import numpy as np

from .converter import Converter, Entry, Sample, SourceError
from .pairing import first_existing, pair_up, read_ids

__all__ = ["CONVERTER", "make_from_one"]

SPLITS = {"train": "training", "val": "validation"}


def make_from_one(image: Path, label: Path) -> Sample:
    """Turn ids that start at 1, with 0 for no label, into ids that start at 0."""
    ids = read_ids(label)
    return Sample(image, np.where((ids == 0) | (ids == 255), 255, ids - 1).astype(np.uint8))


def find(source: Path) -> list[Entry]:
    """List `images/training`, `annotations/training` and the same folders of validation."""
    root = first_existing(source, ("ADEChallengeData2016", "."))
    entries = []
    for split, folder in SPLITS.items():
        images, labels = root / "images" / folder, root / "annotations" / folder
        if not images.is_dir() or not labels.is_dir():
            raise SourceError(f"{source} does not hold {images} and {labels} of ADEChallengeData2016")
        for image, label in pair_up(images, labels):
            entries.append(Entry(split, image.stem, partial(make_from_one, image, label), (image, label)))
    return entries


CONVERTER = Converter(
    name="ade20k",
    num_classes=150,
    find=find,
    licence=(
        "annotations: BSD-3-Clause; images: see the publisher's page, "
        "https://groups.csail.mit.edu/vision/datasets/ADE20K"
    ),
    citation="Zhou et al.: Scene parsing through ADE20K dataset. CVPR 2017",
    fetch=(
        "Fetch http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip and pass the folder "
        "that holds it, packed or not, as --source"
    ),
    counts={"train": 20210, "val": 2000},
)
