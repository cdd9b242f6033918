"""Any image as three channels of eight bits, or a refusal that names the file and the reason.

Conversions: grey is repeated; alpha is dropped, as OpenCV drops it in training; palettes are looked up; CMYK
is converted by Pillow without a colour profile; more than eight bits are scaled by the range that occurs
in the image (smallest value 0, largest 255); the orientation in EXIF is applied.
"""

import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from seg_plugins.files.pictures import open_picture

__all__ = ["IMAGE_SUFFIXES", "MAX_PIXELS", "as_rgb", "decode_image", "read_image", "scale_to_bytes"]

IMAGE_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
MAX_PIXELS = 100_000_000
HEAD_LOCK = Lock()
TIFF_STARTS = (b"II*\0", b"MM\0*")
DEEP = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR  # all bits, and turned as EXIF says


def scale_to_bytes(values: np.ndarray, low: float | None = None, high: float | None = None) -> np.ndarray:
    """Scale to uint8: `low` becomes 0, `high` 255.

    Args:
        values: Of any number type.
        low: By default the smallest value; NaN and infinity are not looked at, and become 0.
        high: By default the largest value. Where both are equal the result is 0.
    """
    values = values.astype(np.float32)
    finite = np.isfinite(values)
    low = values.min(where=finite, initial=np.inf) if low is None else low
    high = values.max(where=finite, initial=-np.inf) if high is None else high
    if not high > low:
        return np.zeros(values.shape, np.uint8)
    scaled = (values - low) * (255 / (high - low))
    return np.where(finite, scaled.clip(0, 255) + 0.5, 0).astype(np.uint8)


def as_rgb(image: np.ndarray | Tensor | Image.Image, name: str = "image") -> np.ndarray:
    """An image in memory as (H, W, 3) uint8 RGB.

    Args:
        image: PIL image; array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), RGB; tensor (C, H, W) of 1, 3 or 4
            channels, RGB. uint8 is taken as it is, other number types are scaled by the range.
        name: For the message.

    Raises:
        ValueError: Another shape or type, or no pixels.
    """
    if isinstance(image, Image.Image):
        deep = image.mode in ("I", "F") or image.mode.startswith("I;16")
        image = np.asarray(image if deep else image.convert("RGB"))
    if isinstance(image, Tensor):
        image = image.detach().cpu()
        image = (image.float() if image.dtype == torch.bfloat16 else image).numpy()
        image = image.transpose(1, 2, 0) if image.ndim == 3 else image
    if not isinstance(image, np.ndarray) or image.dtype.kind not in "uif":
        raise ValueError(
            f"{name}: {type(image).__name__} is no image: give a path, PIL image, array or tensor"
        )
    image = image[..., None] if image.ndim == 2 else image
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or image.size == 0:
        raise ValueError(
            f"{name}: shape {image.shape} is no image: expected (H, W), or (H, W, C) with C 1, 3 or 4"
        )
    image = image[..., :3]
    image = image if image.dtype == np.uint8 else scale_to_bytes(image)
    return np.ascontiguousarray(np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image)


def check_size(size: tuple[int, int], name: str, max_pixels: int, is_tiff: bool) -> None:
    """Raise ValueError where width x height is above the limit."""
    if size[0] * size[1] > max_pixels:
        way = "; " if is_tiff else ", or convert it: "
        extra = "" if find_spec("rasterio") else ', with pip install "seg-plugins[raster]"'
        raise ValueError(
            f"{name}: {size[0]} x {size[1]} pixels are above the limit of {max_pixels:,}:"
            f" raise --max-pixels{way}tools/predict.py reads TIFF in parts{extra}"
        )


def open_head(data: bytes, formats: Sequence[str] | None) -> Image.Image:
    """Open an image, without reading its pixels, whatever Pillow's own limit of their number is."""
    with HEAD_LOCK:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            file = io.BytesIO(data)
            return Image.open(file, formats=formats) if formats else open_picture(file)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def decode_image(
    data: bytes, name: str, max_pixels: int = MAX_PIXELS, formats: Sequence[str] | None = None
) -> np.ndarray:
    """Decode an image file's bytes; its size is looked at before its pixels.

    Args:
        data: The file's content.
        name: For the message.
        max_pixels: Limit of width x height.
        formats: Pillow's names of the formats to try; None tries those of `open_picture`.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: Empty, truncated, no image, or above the limit.
    """
    if not data:
        raise ValueError(f"{name}: the file is empty")
    try:
        picture = open_head(data, formats)
        check_size(picture.size, name, max_pixels, picture.format == "TIFF")
        if picture.format in ("PNG", "TIFF", "PPM"):  # Pillow halves the bits of 16-bit colour
            raw = cv2.imdecode(np.frombuffer(data, np.uint8), DEEP)
            if raw is not None and raw.dtype != np.uint8:
                return as_rgb(raw[..., [2, 1, 0]] if raw.ndim == 3 else raw, name)
        picture.load()
        return as_rgb(ImageOps.exif_transpose(picture), name)
    except UnidentifiedImageError:
        raw = None
        if (
            formats is None and data[:4] in TIFF_STARTS
        ):  # colour in floating point, which Pillow does not know
            raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if raw is None:
            raise ValueError(f"{name}: not an image, or of a format that is not known") from None
        check_size(raw.shape[1::-1], name, max_pixels, is_tiff=True)
        return as_rgb(raw[..., [2, 1, 0]] if raw.ndim == 3 else raw, name)
    except (OSError, SyntaxError, EOFError) as error:
        raise ValueError(f"{name}: the image is damaged or truncated ({error})") from None


def read_image(path: str | Path, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read an image file as (H, W, 3) uint8 RGB.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Empty, truncated, no image, or above the limit.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    return decode_image(path.read_bytes(), str(path), max_pixels)
