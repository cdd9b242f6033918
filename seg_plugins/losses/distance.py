"""Euclidean distance maps of label masks, computed on the CPU by scipy."""

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

__all__ = ["distance_maps", "signed_distance", "unsigned_distance"]


def signed_distance(mask: np.ndarray) -> np.ndarray:
    """Compute the distance to the region's boundary in pixels, negative inside; 0 if the class is absent.

    Kervadec et al., arXiv:1812.07032: the last pixel inside has distance 0, the first outside 1.

    >>> signed_distance(np.array([[False, True, True, False, False]]))
    array([[1., 0., 0., 1., 2.]])
    """
    if not mask.any():
        return np.zeros(mask.shape)
    outside = distance_transform_edt(~mask)
    if mask.all():
        return outside
    return outside - np.where(mask, distance_transform_edt(mask) - 1, 0.0)


def unsigned_distance(mask: np.ndarray) -> np.ndarray:
    """Compute the distance to the other side of the boundary in pixels; 0 if there is no boundary.

    >>> unsigned_distance(np.array([[False, True, True, False, False]]))
    array([[1., 1., 1., 1., 2.]])
    """
    if not mask.any() or mask.all():
        return np.zeros(mask.shape)
    return distance_transform_edt(mask) + distance_transform_edt(~mask)


def distance_maps(masks: Tensor, valid: Tensor, signed: bool) -> Tensor:
    """Compute the distance map of every mask, in pixels.

    Ignored pixels take the membership of the nearest valid pixel, so that the edge of an ignored region is
    not a boundary.

    Args:
        masks: Membership, (N, C, H, W), bool.
        valid: Pixels to evaluate, (N, 1, H, W), bool.
        signed: Whether to use `signed_distance` or `unsigned_distance`.

    Returns:
        (N, C, H, W), float64, on the device of `masks`.
    """
    transform = signed_distance if signed else unsigned_distance
    maps = np.zeros(masks.shape)
    for out, (*image, keep) in zip(maps, torch.cat([masks, valid], 1).cpu().numpy(), strict=True):
        if not keep.any():
            continue
        if not keep.all():
            rows, columns = distance_transform_edt(~keep, return_distances=False, return_indices=True)
            image = [mask[rows, columns] for mask in image]
        for c, mask in enumerate(image):
            out[c] = transform(mask)
    return torch.from_numpy(maps).to(masks.device, non_blocking=True)
