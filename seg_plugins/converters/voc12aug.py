"""PASCAL VOC 2012 and the additional labels of SBD."""

from functools import partial
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from .converter import Converter, Entry, Sample, SourceError
from .pairing import first_existing, read_ids

__all__ = ["CONVERTER"]


def read_sbd(path: Path) -> np.ndarray:
    """Read the class map of an SBD file, (H, W) uint8.

    Raises:
        ValueError: If the file is damaged.
    """
    try:
        return loadmat(path)["GTcls"][0]["Segmentation"][0].astype(np.uint8)
    except Exception as error:  # scipy raises many kinds
        raise ValueError(f"label {path} cannot be read ({error}): fetch the source again") from error


def make(image: Path, label: Path) -> Sample:
    """Copy an image with its label of VOC (.png) or SBD (.mat)."""
    return Sample(image, read_sbd(label) if label.suffix == ".mat" else read_ids(label))


def read_stems(path: Path) -> set[str]:
    """Read the names of a list file."""
    if not path.is_file():
        raise SourceError(f"the list {path} is missing: fetch the source again")
    return set(path.read_text().split())


def find(source: Path) -> list[Entry]:
    """List VOC's validation images, and for training all others with a label of VOC or SBD."""
    voc = first_existing(
        source, ("VOCdevkit/VOC2012", "VOC2012", "VOCtrainval_11-May-2012/VOCdevkit/VOC2012")
    )
    sbd = first_existing(source, ("benchmark_RELEASE/dataset", "VOCaug/dataset", "dataset"))
    if voc is None or sbd is None:
        raise SourceError(f"{source} does not hold VOCdevkit/VOC2012 and benchmark_RELEASE/dataset (SBD)")
    lists = voc / "ImageSets" / "Segmentation"
    train, val = read_stems(lists / "train.txt"), read_stems(lists / "val.txt")
    added = (read_stems(sbd / "train.txt") | read_stems(sbd / "val.txt")) - train - val
    entries = []
    for split, names in (("train", train | added), ("val", val)):
        for name in sorted(names):
            own = voc / "SegmentationClass" / f"{name}.png"
            label = sbd / "cls" / f"{name}.mat" if name in added else own
            image = voc / "JPEGImages" / f"{name}.jpg"
            for path in (image, label):
                if not path.is_file():
                    raise SourceError(f"{path} is missing: fetch the source again")
            entries.append(Entry(split, name, partial(make, image, label), (image, label)))
    return entries


CONVERTER = Converter(
    name="voc12aug",
    num_classes=21,
    find=find,
    licence="see the publishers' pages; the photos come from Flickr and belong to their owners",
    citation=(
        "Everingham et al.: The PASCAL visual object classes challenge 2012 (VOC2012) results; "
        "Hariharan et al.: Semantic contours from inverse detectors. ICCV 2011"
    ),
    fetch=(
        "Fetch VOCtrainval_11-May-2012.tar (http://host.robots.ox.ac.uk/pascal/VOC/voc2012) and SBD's "
        "benchmark.tgz and pass the folder that holds both, packed or not, as --source"
    ),
    counts={"train": 10582, "val": 1449},
)
