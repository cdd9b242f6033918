"""Loads an image and names the file where that fails."""

import io
from typing import Any

import mmcv
import mmengine.fileio as fileio
import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets.tiff import is_tiff, read_tiff
from seg_plugins.files.pictures import open_picture

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
        (H, W, C) or (H, W), uint8 unless the flag keeps 16 bits.

    Raises:
        ValueError: If the file is empty, truncated or no image.
    """
    require_complete(data, name)
    if is_tiff(data) and flag == "unchanged":
        image = read_tiff(data, name)
        return image[..., ::-1].copy() if image.ndim == 3 and image.shape[2] == 3 else image
    try:
        if backend == "pillow":
            open_picture(io.BytesIO(data))  # Pillow by itself would run programs for some formats
        image = mmcv.imfrombytes(data, flag=flag, backend=backend)
    except Exception as error:  # every decoder raises its own
        raise ValueError(f"image {name} cannot be decoded: {error}") from error
    if image is None:
        raise ValueError(f"image {name} cannot be decoded: it is damaged or of an unknown format")
    return image


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
