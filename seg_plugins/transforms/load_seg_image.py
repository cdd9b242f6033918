"""Loading of images; errors name the file."""

from collections.abc import Sequence
from typing import Any

import cv2
import mmcv
import mmengine.fileio as fileio
import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmseg.registry import TRANSFORMS

from seg_plugins.files.image_bytes import JPEG, require_complete
from seg_plugins.files.no_data import fill_missing, find_missing
from seg_plugins.files.orientation import orientation, turn
from seg_plugins.files.picture_pixels import picture_pixels
from seg_plugins.files.pictures import open_picture
from seg_plugins.files.tiff import read_tiff
from seg_plugins.files.tiff_tags import PHOTOMETRIC, is_tiff, needs_own_reading, read_tag

__all__ = ["LoadSegImage", "decode_image", "decode_with_gaps", "without_gaps"]

PLAIN = ("color", "grayscale")
ABOVE_OPENCV = "CV_IO_MAX_IMAGE"  # in OpenCV's message about an image above its limits


def decode_image(
    data: bytes,
    name: object,
    flag: str = "color",
    backend: str = "cv2",
    fill: float | Sequence[float] = 0.0,
) -> np.ndarray:
    """Decode an image file as a viewer shows it, with gaps filled; see `decode_with_gaps`."""
    return decode_with_gaps(data, name, flag, backend, fill)[0]


def decode_with_gaps(
    data: bytes,
    name: object,
    flag: str = "color",
    backend: str = "cv2",
    fill: float | Sequence[float] = 0.0,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Decode an image file of any size as a viewer shows it, and find its missing values.

    Every format is turned as its EXIF data or its tag say, for every flag. NaN, infinity, a GeoTIFF's no-data
    value and values that its alpha channel hides are filled.

    Args:
        data: Content of the file.
        name: Name of the file, for the message.
        flag: "color" (blue-green-red), "grayscale" or "unchanged".
        backend: Decoder for mmcv to use.
        fill: Replaces missing values: a number, or one per channel in the order of the file (red first).

    Returns:
        (H, W, C) or (H, W), uint8 unless the flag keeps other types, floats as float32 at most. Three
        channels are blue, green, red; other channels keep the order of the file. Second, the missing values,
        bool in the same shape, or None.

    Raises:
        ValueError: If the file is empty, truncated or not an image.
    """
    require_complete(data, name)
    image = decode_pixels(data, name, flag, backend)
    image = image.astype(np.uint8) * 255 if image.dtype == bool else image
    if image.dtype.kind not in "uif":
        raise ValueError(f"image {name} holds {image.dtype} numbers: save intensities, such as the magnitude")
    if image.dtype == np.float64:
        with np.errstate(over="ignore"):
            image = image.astype(np.float32)  # larger values become infinite, and so count as missing
    missing = find_missing(image, data)
    return without_gaps(image, missing, fill, name), missing


def without_gaps(
    image: np.ndarray, missing: np.ndarray | None, fill: float | Sequence[float], name: object
) -> np.ndarray:
    """Replace missing values of a decoded image by `fill`, red first.

    Raises:
        ValueError: If the number of fill values differs from the number of channels.
    """
    numbers = np.atleast_1d(np.asarray(fill, np.float64))
    try:
        return fill_missing(image, missing, numbers[::-1] if len(numbers) == 3 else numbers)
    except ValueError as error:
        raise ValueError(f"image {name}: {error}") from None


def decode_pixels(data: bytes, name: object, flag: str, backend: str) -> np.ndarray:
    """Decode an image file as a viewer shows it; of three channels, blue comes first."""
    if is_tiff(data):  # OpenCV prints five lines for every GeoTIFF; what it cannot read is raised below
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_FATAL)
    if is_tiff(data) and flag == "unchanged":
        image = read_tiff(data, name)
        return image[..., ::-1].copy() if image.ndim == 3 and image.shape[2] == 3 else image
    own = is_tiff(data) and flag in PLAIN
    if own and needs_own_reading(data) and (image := colours_of_tiff(data, flag)) is not None:
        return image
    try:
        if data[:4] == b"GIF8":
            with open_picture(data) as picture:
                pixels = picture_pixels(picture, data, "L" if flag == "grayscale" else "RGB")
            return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1])
        if backend == "pillow":
            open_picture(data).close()  # without it, Pillow would run programs for some formats
        own_way = is_tiff(data) or backend not in ("cv2", "pillow")  # the decoders turn TIFF themselves
        stored = flag if own_way or flag not in PLAIN else f"{flag}_ignore_orientation"
        if flag == "grayscale" and backend == "cv2" and not data.startswith(JPEG):
            image = grey_of(data)
        else:
            image = mmcv.imfrombytes(data, flag=stored, backend=backend)
    except Exception as error:  # every decoder has errors of its own
        if ABOVE_OPENCV in str(error):
            raise ValueError(
                f"image {name} has more pixels than OpenCV takes: cut it into tiles, or set the environment "
                "variables OPENCV_IO_MAX_IMAGE_PIXELS, _WIDTH and _HEIGHT"
            ) from error
        raise ValueError(f"image {name} cannot be decoded: {error}") from error
    if image is None and own and (image := colours_of_tiff(data, flag)) is not None:
        return image  # for instance, OpenCV cannot read small tiles
    if image is None:
        kind = ", or has numbers or channels that need color_type='unchanged'" if is_tiff(data) else ""
        raise ValueError(f"image {name} cannot be decoded: it is damaged or of an unknown format{kind}")
    if flag == "unchanged" and image.ndim == 3 and image.shape[2] == 4:
        image = image[..., [2, 1, 0, 3]]  # the order in a TIFF
    return image if is_tiff(data) else turn(image, orientation(data))


def grey_of(data: bytes) -> np.ndarray | None:
    """Compute the brightness by OpenCV's formula for any format; the PNG library uses another one.

    Returns:
        (H, W) uint8, not turned by EXIF; None if it cannot be decoded.
    """
    way = cv2.IMREAD_ANYCOLOR | (0 if is_tiff(data) else cv2.IMREAD_IGNORE_ORIENTATION)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), way)
    return image if image is None or image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def colours_of_tiff(data: bytes, flag: str) -> np.ndarray | None:
    """Read a grey or colour TIFF as a PNG would be read: without alpha, and the high byte of 16 bits.

    OpenCV multiplies the colours of a TIFF by its alpha, and rounds 16 bits differently than for a PNG.

    Returns:
        (H, W, 3), blue first, or (H, W) for "grayscale", uint8; None for other TIFF files, and if tifffile
        cannot read the file.
    """
    try:
        image = read_tiff(data, "") if read_tag(data, PHOTOMETRIC) in ((0,), (1,), (2,)) else None
    except Exception:  # tifffile has many errors, or is missing; OpenCV then says what is wrong
        return None
    if image is None or image.dtype not in (np.uint8, np.uint16):
        return None
    colours = image[..., None] if image.ndim == 2 else image[..., 2::-1]
    if colours.shape[2] not in (1, 3) or (image.ndim == 3 and image.shape[2] > 4):
        return None
    colours = np.ascontiguousarray(colours if image.dtype == np.uint8 else (colours >> 8).astype(np.uint8))
    if colours.shape[2] == 1:
        return colours[..., 0] if flag == "grayscale" else np.repeat(colours, 3, axis=2)
    return cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY) if flag == "grayscale" else colours


@TRANSFORMS.register_module()
class LoadSegImage(LoadImageFromFile):
    """Load `img` from `img_path` as mmcv's `LoadImageFromFile` does, but refuse truncated files.

    An image of any format is read as a viewer shows it, turned as EXIF says, with every `color_type`. With
    `color_type="unchanged"`, a TIFF file may have any number of channels, and images of more than 8 bits
    become float32 with the file's own numbers. Missing values are filled, and `LoadSegAnnotations` ignores
    pixels without data.

    Args:
        fill: Replaces NaN, infinity and a GeoTIFF's no-data value: a number, or one per channel in the order
            of the file (red first). The mean of the data is the best choice.
        **kwargs: Arguments of `LoadImageFromFile`.
    """

    def __init__(self, fill: float | Sequence[float] = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fill = fill

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add `img` (H, W, C), `img_shape`, `ori_shape` (H, W), and `missing` (as `img`) if any are."""
        name = results["img_path"]
        try:
            data = fileio.get(name, backend_args=self.backend_args)
        except FileNotFoundError:
            raise FileNotFoundError(f"image {name} does not exist") from None
        image, missing = decode_with_gaps(data, name, self.color_type, self.imdecode_backend, self.fill)
        if missing is not None:
            results["missing"] = missing
        if image.dtype not in (np.uint8, np.float32):
            image = image.astype(np.float32)  # accepted by OpenCV and torch alike
        results["img"] = image.astype(np.float32) if self.to_float32 else image
        results["img_shape"] = results["ori_shape"] = image.shape[:2]
        return results
