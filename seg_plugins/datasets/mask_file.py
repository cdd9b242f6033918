"""Reading of a mask file as numbers, colours or channels, in the orientation in which it is shown."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from seg_plugins.files.orientation import orientation, turn
from seg_plugins.files.picture_pixels import opened_picture, picture_pixels
from seg_plugins.files.tiff import read_tiff
from seg_plugins.files.tiff_tags import has_alpha, is_tiff, read_tag

__all__ = ["NOT_A_NUMBER", "MaskFile", "is_lossy", "read_mask"]

NOT_A_NUMBER = np.iinfo(np.int64).min  # stands for NaN in a mask of floats
NEARLY_GREY = 32  # largest difference between channels of a grey mask in a lossy format
PNG_16_BITS = b"\x10"
COMPRESSION, LOSSY_COMPRESSIONS = 259, (6, 7, 33003, 33005, 34712, 50001)
ALPHA_MODES = {"RGBA": "RGBA", "LA": "RGBA", "PA": "RGBA", "La": "RGBA", "RGBa": "RGBA"}


def is_lossy(data: bytes) -> bool:
    """Return whether a file is lossy: JPEG, WebP that is not lossless, or TIFF with either inside."""
    if is_tiff(data):
        return (read_tag(data, COMPRESSION) or (1,))[0] in LOSSY_COMPRESSIONS
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data[:3] == b"\xff\xd8\xff" or (webp and b"VP8L" not in data[:65536])


@dataclass(frozen=True)
class MaskFile:
    """Content of a mask file.

    Attributes:
        values: (H, W) or (H, W, C) integers; colours are red, green, blue.
        palette: (256, 3 or 4) uint8 colours of the indices in `values`, or None.
        alpha: Whether the last channel is alpha.
        lossy: Whether the format may have changed values.
    """

    values: np.ndarray
    palette: np.ndarray | None = None
    alpha: bool = False
    lossy: bool = False

    @property
    def channels(self) -> int:
        """Number of values per pixel; with a palette, that of its colours."""
        if self.palette is not None:
            return self.palette.shape[1]
        return self.values.shape[2] if self.values.ndim == 3 else 1

    def as_wide(self, width: int, name: object) -> np.ndarray:
        """Return the mask with the given number of values per pixel.

        Args:
            width: 1 for ids (palette indices, if there is a palette), 3 for colours, 4 for colours with
                alpha, else the file's own number of channels.
            name: Name of the file, for the message.

        Returns:
            (H, W) for width 1, else (H, W, width).

        Raises:
            ValueError: If the file does not hold so many values.
        """
        values = self.values
        if width == 1 and values.ndim == 3:
            values = values[..., :-1] if self.alpha else values
            apart = np.ptp(values, axis=-1).max() if values.size and values.shape[2] > 1 else 0
            if apart > (NEARLY_GREY if self.lossy else 0):
                raise ValueError(
                    f"label {name} holds colours or channels ({self.values.shape[2]} of them), but the "
                    "classes are given by id: give their colours as values"
                )
            return values[..., 0]
        if width == 1:
            return values
        if self.palette is not None:
            values = self.palette[values]
        elif values.ndim == 2:
            values = np.repeat(values[..., None], min(width, 3), axis=-1)
        if width == 3 and self.alpha and values.shape[2] == 4:
            values = values[..., :3]
        if width == 4 and values.shape[2] == 3:
            values = np.concatenate([values, np.full_like(values[..., :1], 255)], axis=-1)
        if values.shape[2] != width:
            raise ValueError(
                f"label {name} holds {values.shape[2]} channels, but the classes are told by {width} "
                "numbers each"
            )
        return values


def read_mask(data: bytes, name: object) -> MaskFile:
    """Read a mask of any depth: PNG, TIFF, GIF, JPEG or another format that Pillow knows.

    A 1-bit picture has the values 0 and 255. Grey saved as colour is read as grey.

    Args:
        data: The file.
        name: Its name, for the message.

    Raises:
        ValueError: If the file is empty or damaged, or holds fractions.
    """
    if is_tiff(data):
        values = read_tiff(data, name, "label")
        found = MaskFile(values, None, values.ndim == 3 and values.shape[2] in (2, 4) and has_alpha(data))
    else:
        found = read_plain(data, name)
    values = whole_numbers(found.values, name)
    channels = values.shape[2] if values.ndim == 3 else 0
    if channels == 1 or (channels == 3 and (values[..., :1] == values).all()):
        values = values[..., 0]  # grey saved as colour
    return MaskFile(values, found.palette, found.alpha, is_lossy(data))


def read_plain(data: bytes, name: object) -> MaskFile:
    """Read a mask that is not TIFF."""
    if data[:4] == b"\x89PNG" and data[24:25] == PNG_16_BITS and data[25:26] != b"\0":
        deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)  # Pillow halves the bits
        if deep is not None and deep.ndim == 3:
            order = [2, 1, 0, 3][: deep.shape[2]]
            return MaskFile(turn(deep[..., order], orientation(data)), None, deep.shape[2] == 4)
    with opened_picture(data, "label", name) as picture:
        mode = ALPHA_MODES.get(
            picture.mode, "RGB" if picture.mode in ("CMYK", "YCbCr", "HSV", "LAB") else None
        )
        pixels = picture_pixels(picture, data, mode)
        palette = palette_of(picture) if picture.mode == "P" else None
        if picture.format == "GIF" and palette is not None:  # GIF stores grey as a palette
            used = palette[np.unique(pixels), :3]
            if (used == used[:, :1]).all():
                pixels, palette = palette[pixels, 0], None
    return MaskFile(pixels, palette, mode == "RGBA" or (palette is not None and palette.shape[1] == 4))


def palette_of(picture: Image.Image) -> np.ndarray:
    """Return the colours of a picture with a palette, (256, 3), or (256, 4) with alpha; uint8."""
    kind = "RGBA" if "transparency" in picture.info else "RGB"
    picture.apply_transparency()
    colours = np.array(picture.getpalette(kind) or [], np.uint8).reshape(-1, len(kind))
    return np.concatenate([colours, np.zeros((256 - len(colours), len(kind)), np.uint8)])


def whole_numbers(values: np.ndarray, name: object) -> np.ndarray:
    """Convert the values of a file to integers; NaN becomes `NOT_A_NUMBER`.

    Raises:
        ValueError: If a value is a fraction or infinite.
    """
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    if values.dtype.kind in "iu":
        return values.astype(values.dtype.newbyteorder("="))
    if values.dtype.kind != "f":
        raise ValueError(f"label {name} holds {values.dtype} numbers: save ids as integers")
    missing = np.isnan(values)
    whole = np.where(missing, 0, values)
    odd = whole != np.rint(np.where(np.isfinite(whole), whole, 0.5))
    if odd.any():
        raise ValueError(
            f"label {name} holds {whole[odd][0]:g} ({int(odd.sum())} pixels are not integers): save "
            "ids as integers"
        )
    return np.where(missing, NOT_A_NUMBER, whole.astype(np.int64))
