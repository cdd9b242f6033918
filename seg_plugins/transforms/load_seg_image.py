"""Loads an image and names the file where that fails."""

from typing import Any

import mmcv
import mmengine.fileio as fileio
import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets.tiff import is_tiff, needs_own_reading, read_tiff

from .image_bytes import require_complete

__all__ = ["LoadSegImage", "decode_image"]


def decode_image(data: bytes, name: object, flag: str = "color", backend: str = "cv2") -> np.ndarray:
    """Decodes the bytes of an image file.

    Args:
        data: The file.
        name: Its name, for the message.
        flag: "color" (blue-green-red), "grayscale" or "unchanged".
        backend: Decoder that mmcv is to use.

    Returns:
        (H, W, C) or (H, W), uint8 unless the flag keeps 16 bits. Three channels are blue, green, red; other
        numbers stand as in the file, red before green and blue.

    Raises:
        ValueError: If the file is empty, truncated or no image.
    """
    require_complete(data, name)
    if is_tiff(data) and flag == "unchanged":
        image = read_tiff(data, name)
        return image[..., ::-1].copy() if image.ndim == 3 and image.shape[2] == 3 else image
    if is_tiff(data) and flag == "color" and (image := colours_of_tiff(data)) is not None:
        return image
    try:
        image = mmcv.imfrombytes(data, flag=flag, backend=backend)
    except Exception as error:  # every decoder raises its own
        raise ValueError(f"image {name} cannot be decoded: {error}") from error
    if image is None:
        raise ValueError(f"image {name} cannot be decoded: it is damaged or of an unknown format")
    if flag == "unchanged" and image.ndim == 3 and image.shape[2] == 4:
        return image[..., [2, 1, 0, 3]]  # as in a TIFF
    return image


def colours_of_tiff(data: bytes) -> np.ndarray | None:
    """The colours of a TIFF with alpha or 16 bits as of a PNG: without alpha, of 16 bits the high byte.

    OpenCV multiplies the colours of such a TIFF by its alpha, and rounds its 16 bits otherwise than a PNG's.

    Returns:
        (H, W, 3) uint8, blue first; None for other TIFF files, and where tifffile cannot read it.
    """
    try:
        image = read_tiff(data, "") if needs_own_reading(data) else None
    except Exception:  # tifffile raises many kinds, or is not installed; OpenCV then says what is wrong
        return None
    if image is None or image.ndim != 3 or image.shape[2] not in (3, 4):
        return None
    colours = image[..., 2::-1] if image.dtype == np.uint8 else (image[..., 2::-1] >> 8).astype(np.uint8)
    return np.ascontiguousarray(colours)


@TRANSFORMS.register_module()
class LoadSegImage(LoadImageFromFile):
    """Loads `img` from `img_path`, as mmcv's `LoadImageFromFile`, but refuses truncated files.

    With `color_type="unchanged"` a TIFF file may have any number of channels, and what has more than
    8 bits becomes float32 with the file's own numbers.

    Args:
        **kwargs: As `LoadImageFromFile`.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Adds `img` (H, W, C), `img_shape` and `ori_shape` (H, W)."""
        name = results["img_path"]
        try:
            data = fileio.get(name, backend_args=self.backend_args)
        except FileNotFoundError:
            raise FileNotFoundError(f"image {name} does not exist") from None
        image = decode_image(data, name, self.color_type, self.imdecode_backend)
        if image.dtype not in (np.uint8, np.float32):
            image = image.astype(np.float32)  # what OpenCV and torch both take
        results["img"] = image.astype(np.float32) if self.to_float32 else image
        results["img_shape"] = results["ori_shape"] = image.shape[:2]
        return results
