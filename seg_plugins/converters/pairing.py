"""Finds images and their masks, and reads masks the ways that publishers write them."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.transforms.image_bytes import require_complete

from .converter import SourceError

__all__ = ["first_existing", "images_in", "pair_up", "read_grey", "require_source"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif")


def require_source(source: Path | None, name: str, fetch: str) -> Path:
    """Returns the source folder.

    Raises:
        SourceError: If none was given or it does not exist, saying where to get it.
    """
    if source is None:
        raise SourceError(f"{name} needs its source: --source DIR. {fetch}")
    if not source.is_dir():
        raise SourceError(f"source folder {source} does not exist. {fetch}")
    return source


def first_existing(source: Path, names: Iterable[str]) -> Path | None:
    """Returns the first of the folders that exists under the source."""
    return next((source / name for name in names if (source / name).is_dir()), None)


def images_in(folder: Path, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> list[Path]:
    """Returns the image files of a folder, sorted."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in suffixes and not p.name.startswith("."))


def pair_up(images: Path, masks: Path) -> list[tuple[Path, Path]]:
    """Pairs the images of a folder with the masks of another by their names without ending.

    Raises:
        SourceError: If there are none, or one has no partner.
    """
    by_stem = {path.stem: path for path in images_in(masks)}
    pairs = [(path, by_stem.pop(path.stem, None)) for path in images_in(images)]
    lonely = [path for path, mask in pairs if mask is None] + list(by_stem.values())
    if not pairs or lonely:
        what = f"{len(lonely)} files without partner, such as {lonely[0]}" if lonely else "no images"
        raise SourceError(f"{what}, in {images} and {masks}: fetch the source again")
    return [(path, mask) for path, mask in pairs if mask is not None]


def read_grey(path: Path) -> np.ndarray:
    """Reads a picture as grey levels, (H, W) uint8, ids and palette numbers unchanged.

    Raises:
        ValueError: If it is empty, truncated or no image.
    """
    data = path.read_bytes()
    require_complete(data, path)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError(f"image {path} cannot be decoded: fetch it again")
    if image.ndim == 3:
        image = cv2.cvtColor(image[..., :3], cv2.COLOR_BGR2GRAY)
    return image.astype(np.uint8)
