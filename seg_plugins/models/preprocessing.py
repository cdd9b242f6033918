"""Normalisation and padding of an image, or of a part of it, by a segmentor's own data preprocessor."""

from copy import copy

import torch
from mmseg.structures import SegDataSample
from torch import Tensor, nn
from torch.nn.functional import pad

__all__ = ["Preprocessing"]

PACKAGES = ("mmseg.", "seg_plugins.")
ROWS = 64


class Preprocessing:
    """A data preprocessor as a function of one image; NaN becomes the mean of its channel.

    Args:
        preprocessor: The segmentor's data preprocessor.
    """

    def __init__(self, preprocessor: nn.Module) -> None:
        self.preprocessor = preprocessor

    def whole(self, pixels: Tensor, sample: SegDataSample) -> Tensor:
        """Normalise and pad an image to (1, C, H, W) float; record the padding in `sample`.

        Args:
            pixels: (C, h, w), from the test pipeline.
            sample: Meta information of the pixels, changed in place.
        """
        if not self.is_pointwise:
            done = self.preprocessor({"inputs": [pixels], "data_samples": [sample]}, False)
            sample.set_metainfo(done["data_samples"][0].metainfo)  # which may be of a copy
            return finite(done["inputs"])
        height, width = pixels.shape[1:]
        below, beside = self.padding((height, width))
        if below or beside:
            sample.set_metainfo({"img_padding_size": (0, beside, 0, below)})
        first = self.window(pixels, 0, 0, min(ROWS, height), width + beside)
        whole = first.new_full((1, len(first), height + below, width + beside), self.preprocessor.pad_val)
        whole[0, :, : first.shape[1]] = first
        for top in range(ROWS, height, ROWS):  # large temporaries cost more time than the sums
            rows = min(ROWS, height - top)
            whole[0, :, top : top + rows] = self.window(pixels, top, 0, rows, width + beside)
        return whole

    @property
    def is_pointwise(self) -> bool:
        """Whether each pixel is treated alone, followed by padding, as in upstream's and our own classes."""
        return type(self.preprocessor).forward.__module__.startswith(PACKAGES)

    def part(self, pixels: Tensor) -> Tensor:
        """Normalise a part of an image to (C, h, w) float, without padding."""
        without_padding = copy(self.preprocessor)  # shares its buffers
        without_padding.test_cfg = None
        sample = SegDataSample(metainfo={"img_shape": tuple(pixels.shape[1:])})
        return finite(without_padding({"inputs": [pixels], "data_samples": [sample]}, False)["inputs"][0])

    def padding(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the rows below and columns on the right that `whole` adds to an image of `size` (h, w)."""
        test_cfg = getattr(self.preprocessor, "test_cfg", None) or {}
        height, width = test_cfg.get("size") or size
        divisor = test_cfg.get("size_divisor") or 1
        below = -(-max(height, size[0]) // divisor) * divisor - size[0]
        beside = -(-max(width, size[1]) // divisor) * divisor - size[1]
        return below, beside

    def window(self, pixels: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
        """Return the result of `whole` within a rectangle of the padded image.

        Args:
            pixels: (C, h, w), the whole image from the test pipeline.
            top: First row of the rectangle.
            left: First column.
            height: Number of rows; some may lie below the image.
            width: Number of columns; some may lie beside the image.
        """
        there = pixels[:, top : top + height, left : left + width]
        missing = height - there.shape[1], width - there.shape[2]
        if 0 in there.shape:
            part = self.part(pixels[:, :1, :1])[:, :0, :0]
            value = self.preprocessor.pad_val
            return torch.full((len(part), height, width), value, dtype=part.dtype, device=part.device)
        part = self.part(there)
        if not any(missing):
            return part
        return pad(part, (0, missing[1], 0, missing[0]), value=self.preprocessor.pad_val)


def finite(inputs: Tensor) -> Tensor:
    """Replace NaN and infinity in normalised pixels, which would spread, by 0, the mean."""
    if torch.isfinite(inputs.sum()):
        return inputs
    return inputs.nan_to_num(0.0, 0.0, 0.0)
