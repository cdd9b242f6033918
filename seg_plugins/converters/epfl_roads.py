"""EPFL road segmentation: satellite images with anti-aliased masks."""

from pathlib import Path

from .converter import Converter, Entry
from .pairing import binary_entries

__all__ = ["CONVERTER"]

LAYOUTS = [("images", "labels"), ("training/images", "training/groundtruth")]


def find(source: Path) -> list[Entry]:
    """List the images; a pixel is road if the mask is above 127."""
    return binary_entries(source, LAYOUTS, "epfl-roads", "training/images and training/groundtruth")


CONVERTER = Converter(
    name="epfl-roads",
    num_classes=2,
    find=find,
    licence="none stated; the images come from Google Maps, whose terms hold",
    citation="EPFL, CS-433 Machine Learning, project Road segmentation, https://www.aicrowd.com",
    fetch=(
        "Fetch training.zip of the challenge epfl-ml-road-segmentation on https://www.aicrowd.com, unpack it "
        "and pass the folder that holds training/images and training/groundtruth as --source"
    ),
)
