"""ISBI 2012 membranes: single slices, or one TIFF stack of images and one of labels."""

from functools import partial
from pathlib import Path

import numpy as np

from seg_plugins.files.pictures import open_picture

from .converter import Converter, Entry, Sample, SourceError
from .pairing import THRESHOLD, binary_entries, every_fifth, images_in

__all__ = ["CONVERTER"]

SLICES = [("images", "labels"), ("train/image", "train/label")]
STACKS = [("train-volume.tif", "train-labels.tif"), ("train/image", "train/label")]


def read_page(stack: Path, page: int) -> np.ndarray:
    """Read one slice of a stack, (H, W) uint8."""
    with open_picture(stack) as pages:
        pages.seek(page)
        return np.array(pages.convert("L"))


def make_page(images: Path, labels: Path, page: int) -> Sample:
    """Make a sample of one slice; a pixel is cell if the label is above 127."""
    mask = (read_page(labels, page) > THRESHOLD).astype(np.uint8)
    return Sample(read_page(images, page), mask)


def as_stack(path: Path) -> Path | None:
    """Return the TIFF stack at a path: the file itself, or the only TIFF file of a folder."""
    if path.is_dir():
        files = images_in(path)
        path = files[0] if len(files) == 1 and files[0].suffix.lower() in (".tif", ".tiff") else path
    return path if path.is_file() else None


def find_stacks(images: Path, labels: Path) -> list[Entry]:
    """List the slices of two stacks."""
    counts = []
    for stack in (images, labels):
        with open_picture(stack) as pages:
            counts.append(getattr(pages, "n_frames", 1))
    if counts[0] != counts[1]:
        raise SourceError(
            f"{images} has {counts[0]} slices, {labels} has {counts[1]}: fetch the source again"
        )
    return [
        Entry(every_fifth(i), f"{i:02d}", partial(make_page, images, labels, i), (images, labels))
        for i in range(counts[0])
    ]


def find(source: Path) -> list[Entry]:
    """List the labelled slices; every fifth is for validation."""
    for image_name, label_name in STACKS:
        images, labels = as_stack(source / image_name), as_stack(source / label_name)
        if images is not None and labels is not None:
            return find_stacks(images, labels)
    wanted = "train/image and train/label, or train-volume.tif and train-labels.tif"
    return binary_entries(source, SLICES, "isbi-em", wanted)


CONVERTER = Converter(
    name="isbi-em",
    num_classes=2,
    find=find,
    licence="see the publisher's page, https://imagej.net/events/isbi-2012-segmentation-challenge",
    citation=(
        "Arganda-Carreras et al.: Crowdsourcing the creation of image segmentation algorithms for "
        "connectomics. Frontiers in Neuroanatomy 9, 2015; Cardona et al.: An integrated micro- and "
        "macroarchitectural analysis of the Drosophila brain. PLoS Biology 8(10), 2010"
    ),
    fetch=(
        "Fetch the training data of the ISBI 2012 challenge (https://imagej.net/events/isbi-2012-segmentation-"
        "challenge) and pass the folder that holds train-volume.tif and train-labels.tif, or train/image and "
        "train/label, as --source"
    ),
)
