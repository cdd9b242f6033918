"""Class scores at the image's size from a view of it: windows, padding, mirroring, resizing."""

from collections.abc import Iterator, Sequence

from mmseg.models.utils import resize
from mmseg.structures import SegDataSample
from torch import Tensor
from torch.nn.functional import interpolate

from seg_plugins.models import LoadedModel
from seg_plugins.ops.image_frame import padding_of, strip_in_image_frame
from seg_plugins.ops.tiled_labels import Strip, resized, resized_nearest, strip_of

from .forward import Forward
from .windows import Band, Windows, blend_windows

__all__ = ["View", "image_bands", "merge_views", "whole_scores"]

STRIP_VALUES = 64_000_000  # float32 values of resized scores that are in memory at a time: 256 MB
ROWS = 64  # rows whose probabilities are in memory at a time
View = tuple[Tensor, SegDataSample]  # pixels (C, h, w) after the test pipeline, and their metadata


def whole_scores(bands: Iterator[Band], channels: int, size: tuple[int, int]) -> Tensor:
    """Join the scores of all bands of an image of `size` (H, W) to one tensor (C, H, W)."""
    scores = None
    for band in bands:
        height, width = band.scores.shape[1:]
        if (height, width) == tuple(size):
            return band.scores
        if scores is None:
            scores = band.scores.new_empty(channels, *size)
        scores[:, band.top : band.top + height, band.left : band.left + width] = band.scores
    return scores


def network_bands(
    model: LoadedModel, forward: Forward, view: View, windows: Windows | None
) -> tuple[Iterator[Band], tuple[int, int]]:
    """Compute scores of a view with its padding, which the sample records, and return their size too."""
    pixels, sample = view
    preprocessing = model.preprocessing
    if windows is None:
        inputs = preprocessing.whole(pixels, sample)
        return iter([Band(forward(inputs)[0], 0, 0)]), tuple(inputs.shape[2:])
    below, beside = preprocessing.padding(pixels.shape[1:])
    size = pixels.shape[1] + below, pixels.shape[2] + beside
    sample.set_metainfo({"padding_size": (0, beside, 0, below)})

    def read(top: int, left: int, height: int, width: int) -> Tensor:
        return preprocessing.window(pixels, top, left, height, width)

    # a plain mean adds in upstream's order, so that results are identical
    wide = size[1] > size[0] and windows.gaussian
    bands = blend_windows(read, forward, size, forward.channels, windows, forward.device, wide)
    return bands, size


def clipped(bands: Iterator[Band], size: tuple[int, int]) -> Iterator[Band]:
    """Yield the bands without the part below and beside an image of `size` (H, W)."""
    for band in bands:
        scores = band.scores[:, : max(size[0] - band.top, 0), : max(size[1] - band.left, 0)]
        if scores.numel():
            yield Band(scores, band.top, band.left)


def as_in_image(scores: Tensor, sample: SegDataSample, model: LoadedModel) -> Strip:
    """Convert scores (C, h, w) of a network's input to the frame of its image, like `postprocess_result`."""
    meta = sample.metainfo
    align_corners = getattr(model.network, "align_corners", False)
    strip = strip_in_image_frame(strip_of(scores), meta)
    size = tuple(meta.get("ori_shape", strip.size))[:2]
    if strip.size == size:
        return strip
    if len(scores) * size[0] * size[1] > STRIP_VALUES:
        nearest = model.resize_mode == "nearest"
        return resized_nearest(strip, size) if nearest else resized(strip, size, align_corners)
    small = strip.rows(0, strip.size[0])[None]
    if model.resize_mode == "nearest":
        return strip_of(interpolate(small, size=size, mode="nearest")[0])
    return strip_of(resize(small, size=size, mode="bilinear", align_corners=align_corners)[0])


def image_bands(model: LoadedModel, forward: Forward, view: View, windows: Windows | None) -> Iterator[Band]:
    """Yield finished scores of a view, band by band, at the size and in the orientation of the image.

    Args:
        model: Model with its network.
        forward: Function that calls the network.
        view: One of `ImagePipeline.views`.
        windows: Sliding windows; None passes the whole view to the network.

    Yields:
        Bands that together cover the image once; each has to be consumed before the next.
    """
    pixels, sample = view
    bands, size = network_bands(model, forward, view, windows)
    meta = sample.metainfo
    left, _, top, _ = padding_of(meta)
    own = tuple(pixels.shape[1:])
    if tuple(meta.get("ori_shape", own))[:2] == own and not (meta.get("flip") or left or top):
        yield from clipped(bands, own)
        return
    strip = as_in_image(whole_scores(bands, forward.channels, size), sample, model)
    height, width = strip.size
    step = max(1, STRIP_VALUES // (forward.channels * width))
    for first in range(0, height, step):
        yield Band(strip.rows(first, min(first + step, height)), first, 0)


def merge_views(
    model: LoadedModel, forward: Forward, views: Sequence[View], windows: Windows | None
) -> tuple[Tensor, Tensor]:
    """Average the probabilities of the views of an image, one view after the other.

    Args:
        model: Model with its network.
        forward: Function that calls the network.
        views: Views of one image.
        windows: Sliding windows for each view.

    Returns:
        (K, H, W) mean probabilities, and (H, W) their variance over the views and over dropout samples,
        summed over the classes.
    """
    mean = spread = None
    for view in views:
        for band in image_bands(model, forward, view, windows):
            if mean is None:
                size = tuple(view[1].metainfo["ori_shape"])[:2]
                mean = band.scores.new_zeros(forward.classes, *size)
                spread = band.scores.new_zeros(size)
            for first in range(0, band.scores.shape[1], ROWS):
                scores = band.scores[:, first : first + ROWS]
                rows = slice(band.top + first, band.top + first + scores.shape[1])
                columns = slice(band.left, band.left + scores.shape[2])
                probability = scores[: forward.classes].softmax(0)
                mean[:, rows, columns] += probability
                spread[rows, columns] += (probability**2).sum(0)
                if forward.has_variance:
                    spread[rows, columns] += scores[-1]
    mean /= len(views)
    return mean, (spread / len(views) - (mean**2).sum(0)).clamp_min(0)
