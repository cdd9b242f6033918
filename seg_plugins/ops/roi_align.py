"""RoIAlign in plain PyTorch (He et al., Mask R-CNN, ICCV 2017, section 3)."""

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["pyramid_level", "pyramid_roi_align", "roi_align"]


def _sample_points(low: Tensor, high: Tensor, count: int) -> Tensor:
    """`count` cell centres of each interval: (R,), (R,) -> (R, count)."""
    steps = (torch.arange(count, device=low.device, dtype=low.dtype) + 0.5) / count
    return low[:, None] + steps * (high - low)[:, None]


def roi_align(
    features: Tensor, rois: Tensor, output_size: int, spatial_scale: float, sampling_ratio: int = 2
) -> Tensor:
    """Mean of bilinear samples in every bin of every region, without rounding of coordinates.

    A point more than one cell outside the map counts as 0; nearer ones take the value at the border.

    Args:
        features: (N, C, H, W) floating point.
        rois: (R, 5): image index in the batch, then x1, y1, x2, y2 in pixels of the image.
        output_size: bins along each side.
        spatial_scale: cells of the map per pixel of the image, e.g. 1/16.
        sampling_ratio: samples along each side of a bin.

    Returns:
        (R, C, output_size, output_size) float32 (float64 for float64 features).
    """
    if features.dtype in (torch.float16, torch.bfloat16):
        features = features.float()
    height, width = features.shape[2:]
    points = output_size * sampling_ratio
    corners = rois[:, 1:].to(features.dtype) * spatial_scale - 0.5
    xs = _sample_points(corners[:, 0], corners[:, 2], points)
    ys = _sample_points(corners[:, 1], corners[:, 3], points)
    inside = ((ys > -1) & (ys < height))[:, :, None] & ((xs > -1) & (xs < width))[:, None, :]
    grid = torch.stack(
        [
            (2 * xs / max(width - 1, 1) - 1)[:, None, :].expand_as(inside),
            (2 * ys / max(height - 1, 1) - 1)[:, :, None].expand_as(inside),
        ],
        -1,
    )
    pooled = features.new_zeros(len(rois), features.shape[1], output_size, output_size)
    for image in range(len(features)):
        index = torch.nonzero(rois[:, 0] == image)[:, 0]
        if len(index) == 0:
            continue
        sampled = F.grid_sample(
            features[image : image + 1],
            grid[index].reshape(1, -1, points, 2),
            padding_mode="border",
            align_corners=True,
        )
        sampled = sampled.view(-1, len(index), points, points) * inside[index]
        bins = sampled.unflatten(3, (output_size, -1)).unflatten(2, (output_size, -1)).mean((3, 5))
        pooled = pooled.index_put((index,), bins.transpose(0, 1))
    return pooled


def pyramid_level(
    boxes: Tensor, levels: int, canonical_size: float = 224.0, canonical_level: int = 2
) -> Tensor:
    """Pyramid level of each box, 0 the finest (Lin et al., Feature Pyramid Networks, CVPR 2017, eq. 1).

    Args:
        boxes: (R, 4) in pixels.
        levels: how many levels there are.
        canonical_size: side in pixels of a box that belongs to `canonical_level`.
        canonical_level: 2, the stride-16 map of a pyramid that begins at stride 4.

    Returns:
        (R,) int64 in 0..levels-1.
    """
    side = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).clamp(min=0).sqrt()
    level = torch.floor(canonical_level + torch.log2(side / canonical_size + 1e-8))
    return level.clamp(0, levels - 1).long()


def pyramid_roi_align(
    features: list[Tensor], strides: tuple[int, ...], rois: Tensor, output_size: int, canonical_size: float
) -> Tensor:
    """`roi_align` of every region on its own pyramid level.

    Args:
        features: one (N, C, H_l, W_l) a level, finest first.
        strides: pixels per cell of each level.
        rois: (R, 5): image index, then x1, y1, x2, y2 in pixels.
        output_size: bins along each side.
        canonical_size: see `pyramid_level`.

    Returns:
        (R, C, output_size, output_size).
    """
    level = pyramid_level(rois[:, 1:], len(strides), canonical_size)
    pooled = features[0].new_zeros(
        len(rois), features[0].shape[1], output_size, output_size, dtype=torch.float32
    )
    for i, stride in enumerate(strides):
        index = torch.nonzero(level == i)[:, 0]
        pooled = pooled.index_put(
            (index,), roi_align(features[i], rois[index], output_size, 1 / stride).float()
        )
    return pooled
