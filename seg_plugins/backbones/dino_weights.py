"""Weights of DINOv2 for other patch sizes and grids."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import interpolate

__all__ = ["fit_dino", "resize_patches"]


def resize_patches(weight: Tensor, size: int) -> Tensor:
    """Resize the kernels of a patch embedding so that a resized patch has the same embedding.

    The kernel is multiplied by the pseudo-inverse of the resizing (Beyer et al., FlexiViT, CVPR 2023,
    section 3.4), so it responds to a patch of the new size as the old one does to the patch resized.

    Args:
        weight: (C, C_in, p, p) float.
        size: Side of the new patches, in pixels.

    Returns:
        (C, C_in, size, size) float.
    """
    old = weight.shape[-1]
    if old == size:
        return weight
    basis = torch.eye(old * old, dtype=torch.float64).reshape(old * old, 1, old, old)
    resized = interpolate(basis, (size, size), mode="bicubic", antialias=True, align_corners=False)
    inverse = torch.linalg.pinv(resized.reshape(old * old, size * size))  # (size^2, old^2)
    flat = weight.double().flatten(2) @ inverse.T
    return flat.unflatten(2, (size, size)).to(weight.dtype)


def fit_dino(state: Mapping[str, Tensor], patch_size: int, grid: tuple[int, int]) -> dict[str, Tensor]:
    """Convert a public state dictionary of DINOv2 to another patch size and grid.

    Args:
        state: Its keys; `pos_embed` (1, 1 + s * s, C) has an entry for the class token, which is added to
            that token. A dictionary without `mask_token` is this project's own and passes unchanged.
        patch_size: Pixels of a patch's side.
        grid: (h, w) patches.
    """
    state = dict(state)
    if state.pop("mask_token", None) is None:
        return state
    position = state["pos_embed"].float()
    state["cls_token"] = state["cls_token"] + position[:, :1].to(state["cls_token"].dtype)
    side = round((position.shape[1] - 1) ** 0.5)
    maps = position[:, 1:].transpose(1, 2).unflatten(2, (side, side))
    if grid != (side, side):
        maps = interpolate(maps, grid, mode="bicubic", antialias=True, align_corners=False)
    state["pos_embed"] = maps.flatten(2).transpose(1, 2)
    state["patch_embed.proj.weight"] = resize_patches(state["patch_embed.proj.weight"], patch_size)
    return state
