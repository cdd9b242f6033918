"""Images with their masks, and the mask formats of publishers."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.files.file_names import IMAGE_SUFFIXES
from seg_plugins.files.picture_pixels import opened_picture, picture_pixels, picture_size

from .converter import Entry, Sample, SourceError

__all__ = [
    "binary_entries",
    "every_fifth",
    "first_existing",
    "fit",
    "images_in",
    "pair_up",
    "read_foreground",
    "read_ids",
    "read_picture",
    "require_source",
]

THRESHOLD = 127


def require_source(source: Path | None, name: str, fetch: str) -> Path:
    """Return the source folder.

    Raises:
        SourceError: If it is missing or does not exist; the message tells how to obtain it.
    """
    if source is None:
        raise SourceError(f"{name} needs its source: --source DIR. {fetch}")
    if not source.is_dir():
        raise SourceError(f"source folder {source} does not exist. {fetch}")
    return source


def first_existing(source: Path, names: Iterable[str]) -> Path | None:
    """Return the first of the folders that exists under the source."""
    return next((source / name for name in names if (source / name).is_dir()), None)


def images_in(folder: Path) -> list[Path]:
    """Return the image files of a folder, sorted."""
    return sorted(
        p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".")
    )


def pair_up(images: Path, masks: Path) -> list[tuple[Path, Path]]:
    """Pair the images of a folder with the masks of another by their names without suffix.

    Raises:
        SourceError: If there are none, or a file has no partner.
    """
    by_stem = {path.stem: path for path in images_in(masks)}
    for folder in (images, masks):
        double = [stem for stem, n in Counter(path.stem for path in images_in(folder)).items() if n > 1]
        if double:
            raise SourceError(f"{folder} holds several files named {double[0]}: keep only one of them")
    pairs = [(path, by_stem.pop(path.stem, None)) for path in images_in(images)]
    lonely = [path for path, mask in pairs if mask is None] + list(by_stem.values())
    if not pairs or lonely:
        what = f"{len(lonely)} files without a partner, such as {lonely[0]}" if lonely else "no images"
        raise SourceError(f"{what}, in {images} and {masks}: fetch the source again")
    return [(path, mask) for path, mask in pairs if mask is not None]


def read_ids(path: Path) -> np.ndarray:
    """Read a map of class ids, (H, W) uint8; of an image with a palette, the indices.

    Raises:
        ValueError: If the file is damaged or holds colours.
    """
    from seg_plugins.transforms.load_seg_annotations import decode_label  # loads torch

    return decode_label(path.read_bytes(), path)


def read_picture(path: Path) -> np.ndarray:
    """Read an image that cannot be copied unchanged, (H, W, 3) uint8, blue-green-red.

    Raises:
        ValueError: If the image is damaged.
    """
    data = path.read_bytes()
    with opened_picture(data, "image", path, "fetch it again") as picture:
        return np.ascontiguousarray(picture_pixels(picture, data, "RGB")[..., ::-1])


def read_foreground(path: Path) -> np.ndarray:
    """Read a grey mask with a foreground above 127: (H, W) uint8, 0 or 1.

    Raises:
        ValueError: If the mask is damaged.
    """
    return (read_picture(path).max(axis=-1) > THRESHOLD).astype(np.uint8)


def fit(mask: np.ndarray, image: Path) -> tuple[np.ndarray, str]:
    """Resize a mask to the size of its image, by nearest neighbour.

    Args:
        mask: (H, W) uint8.
        image: The image file.

    Returns:
        The mask in the image's size, and a note if it had another size.
    """
    height, width = picture_size(image)
    if mask.shape == (height, width):
        return mask, ""
    resized = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return resized, "mask of another size than its image, resized with nearest neighbour"


def every_fifth(index: int) -> str:
    """Return the split of the image with that index in sorted order: every fifth is for validation."""
    return "val" if index % 5 == 4 else "train"


def make_binary(image: Path, mask: Path) -> Sample:
    """Make a sample of an image and a grey mask."""
    labels, note = fit(read_foreground(mask), image)
    return Sample(image, labels, note=note)


def binary_entries(source: Path, layouts: Iterable[tuple[str, str]], name: str, wanted: str) -> list[Entry]:
    """List images and grey masks of two folders, every fifth for validation.

    Args:
        source: Root of the source.
        layouts: Pairs of image and mask folder to look for.
        name: Name of the data set, for the message.
        wanted: Description of the expected folders.

    Raises:
        SourceError: If no layout exists or an image has no mask.
    """
    for images, masks in layouts:
        if (source / images).is_dir() and (source / masks).is_dir():
            pairs = pair_up(source / images, source / masks)
            return [
                Entry(every_fifth(i), image.stem, partial(make_binary, image, mask), (image, mask))
                for i, (image, mask) in enumerate(pairs)
            ]
    raise SourceError(f"{source} does not look like {name}: it should hold {wanted}")
