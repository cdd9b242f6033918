"""Photos of people with masks; about half of the masks have another size than their photo."""

from pathlib import Path

from .converter import Converter, Entry
from .pairing import binary_entries

__all__ = ["CONVERTER"]

LAYOUTS = [("images", "labels"), ("Training_Images", "Ground_Truth")]


def find(source: Path) -> list[Entry]:
    """List the photos; a pixel is a person if the mask is above 127."""
    return binary_entries(source, LAYOUTS, "human-matte", "Training_Images and Ground_Truth")


CONVERTER = Converter(
    name="human-matte",
    num_classes=2,
    find=find,
    licence="none stated; photos from an image search and from GRAZ-01 belong to their owners",
    citation="V. Shenoy: Human Segmentation Dataset, https://github.com/VikramShenoy97",
    fetch=(
        "Fetch https://github.com/VikramShenoy97/Human-Segmentation-Dataset and pass the folder that holds "
        "Training_Images and Ground_Truth as --source"
    ),
)
