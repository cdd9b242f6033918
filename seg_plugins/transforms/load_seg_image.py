"""Loads an image and names the file where that fails."""

from collections.abc import Sequence
from typing import Any

import mmcv
import mmengine.fileio as fileio
import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets.no_data import fill_missing, find_missing
from seg_plugins.datasets.orientation import orientation, turn
from seg_plugins.datasets.pictures import picture_pixels
from seg_plugins.datasets.tiff import read_tiff
from seg_plugins.datasets.tiff_tags import is_tiff
from seg_plugins.files.pictures import open_picture

from .image_bytes import require_complete

__all__ = ["LoadSegImage", "decode_image", "decode_with_gaps"]

PLAIN = ("color", "grayscale")
ABOVE_OPENCV = "CV_IO_MAX_IMAGE"  # in OpenCV's message about an image above its limits


def decode_image(
    data: bytes,
    name: object,
    flag: str = "color",
    backend: str = "cv2",
    fill: float | Sequence[float] = 0.0,
) -> np.ndarray:
    """Decodes the bytes of an image file as it is shown, without gaps; see `decode_with_gaps`."""
    return decode_with_gaps(data, name, flag, backend, fill)[0]


def decode_with_gaps(
    data: bytes,
    name: object,
    flag: str = "color",
    backend: str = "cv2",
    fill: float | Sequence[float] = 0.0,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Decodes the bytes of an image file, whatever its size, as it is shown.

    Every format is turned as its EXIF data or its tag say, for every flag. What is no number, infinite, a
    GeoTIFF's number for no data, or hidden by its transparency is filled.

    Args:
        data: The file.
        name: Its name, for the message.
        flag: "color" (blue-green-red), "grayscale" or "unchanged".
        backend: Decoder that mmcv is to use.
        fill: What stands where data are missing: a number, or one per channel in the order of the file (red
            first).

    Returns:
        (H, W, C) or (H, W), uint8 unless the flag keeps other types, of floats float32 at most; and which
        values were missing, bool in the same shape, or None.

    Raises:
        ValueError: If the file is empty, truncated or no image.
    """
    require_complete(data, name)
    image = decode_pixels(data, name, flag, backend)
    image = image.astype(np.uint8) * 255 if image.dtype == bool else image
    if image.dtype.kind not in "uif":
        raise ValueError(f"image {name} holds {image.dtype} numbers: save intensities, such as the magnitude")
    if image.dtype == np.float64:
        with np.errstate(over="ignore"):
            image = image.astype(np.float32)  # what is beyond it becomes infinite, and is missing
    missing = find_missing(image, data)
    numbers = np.atleast_1d(np.asarray(fill, np.float64))
    try:
        return fill_missing(image, missing, numbers[::-1] if len(numbers) == 3 else numbers), missing
    except ValueError as error:
        raise ValueError(f"image {name}: {error}") from None


def decode_pixels(data: bytes, name: object, flag: str, backend: str) -> np.ndarray:
    """Decodes an image file as it is shown; blue comes first where there are three or four channels."""
    if is_tiff(data) and flag == "unchanged":
        image = read_tiff(data, name)
        return image[..., ::-1].copy() if image.ndim == 3 and image.shape[2] == 3 else image
    try:
        if data[:4] == b"GIF8":
            with open_picture(data) as picture:
                pixels = picture_pixels(picture, data, "L" if flag == "grayscale" else "RGB")
            return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1])
        if backend == "pillow":
            open_picture(data).close()  # Pillow by itself would run programs for some formats
        own_way = is_tiff(data) or backend not in ("cv2", "pillow")  # TIFF is turned by the decoders
        stored = flag if own_way or flag not in PLAIN else f"{flag}_ignore_orientation"
        image = mmcv.imfrombytes(data, flag=stored, backend=backend)
    except Exception as error:  # every decoder raises its own
        if ABOVE_OPENCV in str(error):
            raise ValueError(
                f"image {name} has more pixels than OpenCV takes: cut it into tiles, or set the environment "
                "variables OPENCV_IO_MAX_IMAGE_PIXELS, _WIDTH and _HEIGHT"
            ) from error
        raise ValueError(f"image {name} cannot be decoded: {error}") from error
    if image is None:
        raise ValueError(f"image {name} cannot be decoded: it is damaged or of an unknown format")
    return image if is_tiff(data) else turn(image, orientation(data))


@TRANSFORMS.register_module()
class LoadSegImage(LoadImageFromFile):
    """Loads `img` from `img_path`, as mmcv's `LoadImageFromFile`, but refuses truncated files.

    An image of any format is taken as a viewer shows it, turned as EXIF says, with every `color_type`. With
    `color_type="unchanged"` a TIFF file may have any number of channels, and what has more than 8 bits
    becomes float32 with the file's own numbers. Missing values are filled, and `LoadSegAnnotations` ignores
    the pixels that have none.

    Args:
        fill: What stands for values that are no number, infinite, or no data as a GeoTIFF says: a number,
            or one per channel in the order of the file (red first). Best is the mean of the data.
        **kwargs: As `LoadImageFromFile`.
    """

    def __init__(self, fill: float | Sequence[float] = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fill = fill

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Adds `img` (H, W, C), `img_shape`, `ori_shape` (H, W), and `missing` (as `img`) if values are."""
        name = results["img_path"]
        try:
            data = fileio.get(name, backend_args=self.backend_args)
        except FileNotFoundError:
            raise FileNotFoundError(f"image {name} does not exist") from None
        image, missing = decode_with_gaps(data, name, self.color_type, self.imdecode_backend, self.fill)
        if missing is not None:
            results["missing"] = missing
        if image.dtype not in (np.uint8, np.float32):
            image = image.astype(np.float32)  # what OpenCV and torch both take
        results["img"] = image.astype(np.float32) if self.to_float32 else image
        results["img_shape"] = results["ori_shape"] = image.shape[:2]
        return results
