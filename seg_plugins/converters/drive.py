"""DRIVE: the vessels of the retina, TIFF images and GIF masks."""

from functools import partial
from pathlib import Path

from .converter import Converter, Entry, Sample, SourceError
from .pairing import images_in, read_foreground, read_picture

__all__ = ["CONVERTER"]

SPLITS = {"train": "training", "val": "test"}


def make(image: Path, mask: Path) -> Sample:
    """Read an image and its first manual segmentation."""
    return Sample(read_picture(image), read_foreground(mask))


def find(source: Path) -> list[Entry]:
    """List the images of `training` and `test`, numbered by their first two digits."""
    entries = []
    for split, folder in SPLITS.items():
        images, masks = source / folder / "images", source / folder / "1st_manual"
        if not images.is_dir() or not masks.is_dir():
            raise SourceError(
                f"{source} does not hold {folder}/images and {folder}/1st_manual (the masks of the test "
                "images are needed for validation; the first publication has them)"
            )
        for image in images_in(images):
            mask = masks / f"{image.stem[:2]}_manual1.gif"
            if not mask.is_file():
                raise SourceError(f"{image} has no mask {mask}: fetch the source again")
            entries.append(Entry(split, image.stem[:2], partial(make, image, mask), (image, mask)))
    return entries


CONVERTER = Converter(
    name="drive",
    num_classes=2,
    find=find,
    licence=(
        "free of charge for research and teaching; no copying or redistribution, no unauthorised commercial "
        "use, only by recipients of the publisher"
    ),
    citation=(
        "Staal et al.: Ridge-based vessel segmentation in color images of the retina. IEEE Transactions on "
        "Medical Imaging 23(4), 2004"
    ),
    fetch=(
        "Register at https://drive.grand-challenge.org, fetch training.zip and test.zip and pass the folder "
        "that holds them, packed or not, as --source"
    ),
    counts={"train": 20, "val": 20},
)
