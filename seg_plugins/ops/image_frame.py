"""Conversion from the frame of a network's input to that of the image file: unpad and unflip."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from .tiled_labels import Strip, cropped, flipped, strip_of

__all__ = ["in_image_frame", "metas_of", "padding_of", "strip_in_image_frame"]


def metas_of(inputs: Tensor, samples: Sequence[Any] | None) -> list[dict[str, Any]]:
    """Return the meta information of images (N, C, H, W): that of their samples, or the input's own size."""
    if samples is not None:
        return [sample.metainfo for sample in samples]
    size = inputs.shape[2:]
    return [dict(ori_shape=size, img_shape=size, pad_shape=size)] * len(inputs)


def padding_of(meta: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """Return the pixels added on the left, right, top and bottom, from a sample's meta information."""
    left, right, top, bottom = meta.get("img_padding_size", meta.get("padding_size", (0, 0, 0, 0)))
    return left, right, top, bottom


def strip_in_image_frame(strip: Strip, meta: Mapping[str, Any]) -> Strip:
    """Unpad and unflip a strip, as upstream's `postprocess_result` does before it resizes to `ori_shape`.

    Args:
        strip: Strip in the frame of the network's input.
        meta: Meta information of its sample: `img_padding_size` or `padding_size`, `flip`, `flip_direction`.
    """
    strip = cropped(strip, *padding_of(meta))
    return flipped(strip, meta["flip_direction"]) if meta.get("flip") else strip


def in_image_frame(maps: Tensor, meta: Mapping[str, Any]) -> Tensor:
    """Unpad and unflip maps (C, H, W) of any type; see `strip_in_image_frame`.

    >>> import torch
    >>> row = torch.tensor([[[1, 2, 3, 0]]])
    >>> in_image_frame(row, dict(padding_size=(0, 1, 0, 0), flip=True, flip_direction="horizontal")).tolist()
    [[[3, 2, 1]]]
    """
    strip = strip_in_image_frame(strip_of(maps), meta)
    return strip.rows(0, strip.size[0])
