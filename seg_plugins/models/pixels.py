"""Conversion of images in memory to what the config's loading transform returns for a file."""

import cv2
import numpy as np
import torch
from mmcv.transforms import LoadImageFromFile
from mmseg.datasets.transforms.loading import LoadImageFromNpyFile
from PIL import Image, ImageOps
from torch import Tensor

from seg_plugins.files.no_data import missing_values
from seg_plugins.transforms.load_seg_image import LoadSegImage, without_gaps

__all__ = ["array_of", "as_loaded", "is_decoder"]

PLAIN_MODES = ("L", "LA", "RGB", "RGBA", "I", "F")


def array_of(image: np.ndarray | Tensor | Image.Image, name: str = "image") -> np.ndarray:
    """Convert an image in memory to an array (H, W, C) of its own numbers, in the order red, green, blue.

    Args:
        image: Array (H, W) or (H, W, C), tensor (H, W) or (C, H, W), or PIL image.
        name: Name for the message.

    Raises:
        ValueError: The shape or type is wrong, or there are no pixels.
    """
    if isinstance(image, Image.Image):
        image = ImageOps.exif_transpose(image)
        plain = image.mode in PLAIN_MODES or image.mode.startswith("I;16")
        image = np.asarray(image if plain else image.convert("RGB"))
    if isinstance(image, Tensor):
        image = image.detach().cpu()
        image = (image.float() if image.dtype == torch.bfloat16 else image).numpy()
        image = image.transpose(1, 2, 0) if image.ndim == 3 else image
    if not isinstance(image, np.ndarray) or image.dtype.kind not in "uif":
        raise ValueError(
            f"{name}: {type(image).__name__} is not an image: give a path, PIL image, numeric array or tensor"
        )
    image = image[..., None] if image.ndim == 2 else image
    if image.ndim != 3 or image.size == 0:
        raise ValueError(f"{name}: shape {image.shape} is not an image: expected (H, W) or (H, W, C)")
    return image


def is_decoder(loader: object) -> bool:
    """Return whether a loading transform decodes files as OpenCV does, three channels blue first."""
    return isinstance(loader, LoadImageFromFile) and not isinstance(loader, LoadImageFromNpyFile)


def as_loaded(
    image: np.ndarray,
    loader: object,
    name: str = "image",
    no_data: float | None = None,
    hidden: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return what a loading transform would return for a PNG (or else TIFF) file of these numbers.

    Args:
        image: (H, W, C), in the order red, green, blue; other channels in the order of a file.
        loader: The transform. If it does not decode image files, the array itself is returned.
        name: Name for the message.
        no_data: The no-data value, or None.
        hidden: (H, W) bool, pixels hidden by transparency, or None.

    Returns:
        (H, W) or (H, W, C), and the missing values, bool in the same shape, or None.

    Raises:
        ValueError: The loader's `color_type` does not take such numbers or channels.
    """
    if not is_decoder(loader):
        return image, None
    flag = loader.color_type.removesuffix("_ignore_orientation")
    depth = image.dtype
    own = isinstance(loader, LoadSegImage)
    image = in_file_type(image) if flag == "unchanged" else eight_bit(image, flag, name, own)
    missing = None
    if own:
        missing = missing_values(image, no_data if image.dtype != np.uint8 or depth == np.uint8 else None)
        if hidden is not None:
            hidden = np.broadcast_to(hidden if image.ndim == 2 else hidden[..., None], image.shape)
            missing = hidden if missing is None else missing | hidden
        image = without_gaps(image, missing, loader.fill, name)
        image = image if image.dtype == np.uint8 else image.astype(np.float32)
    return (image.astype(np.float32) if loader.to_float32 else image), missing


def in_file_type(image: np.ndarray) -> np.ndarray:
    """Keep every number, as float32 at most; drop the axis of one channel, put three in OpenCV's order."""
    if image.dtype.kind == "f" and image.dtype != np.float32:
        with np.errstate(over="ignore"):
            image = image.astype(np.float32)
    if image.shape[2] == 1:
        return np.ascontiguousarray(image[..., 0])
    return np.ascontiguousarray(image[..., ::-1] if image.shape[2] == 3 else image)


def eight_bit(image: np.ndarray, flag: str, name: str, own: bool) -> np.ndarray:
    """Convert as OpenCV reads a PNG: the high byte of 16 bits, no alpha, as colour or grey.

    Args:
        image: (H, W, C).
        flag: "color" or "grayscale".
        name: Name for the message.
        own: Whether the loader is `LoadSegImage`, whose grey does not depend on the format.
    """
    channels = image.shape[2]
    if channels > 4 or image.dtype not in (np.uint8, np.uint16):
        raise ValueError(
            f"{name}: {channels} channels of {image.dtype}; the config loads images with color_type={flag!r},"
            " which takes up to 4 channels of 8 or 16 bits. Train with LoadSegImage(color_type='unchanged')"
        )
    colour = image[..., 2::-1] if channels > 2 else image[..., :1]
    if colour.shape[2] == 3 and flag == "grayscale" and not own:
        data = cv2.imencode(".png", np.ascontiguousarray(colour))[1]
        return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    colour = colour if colour.dtype == np.uint8 else (colour >> 8).astype(np.uint8)
    colour = np.ascontiguousarray(colour)
    if colour.shape[2] == 1:
        return colour[..., 0] if flag == "grayscale" else np.repeat(colour, 3, axis=2)
    return cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY) if flag == "grayscale" else colour
