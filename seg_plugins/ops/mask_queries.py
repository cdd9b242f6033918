"""Masks of queries: what a mask-classification head predicts, its class scores, and its targets."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from .panoptic import true_segments

__all__ = [
    "MaskPrediction",
    "MaskTargets",
    "class_masks",
    "full_size_masks",
    "resized_masks",
    "segment_masks",
    "semantic_logits",
]

SMALLEST_SCORE = 1e-12


class MaskPrediction(NamedTuple):
    """Classes and masks of the queries of a batch.

    Attributes:
        classes: Logits (N, Q, K + 1); the last class is "no object".
        masks: Logits (N, Q, h, w).
        canvas: (H, W) that the masks cover, in pixels of the input, where the input was padded on the right
            and at the bottom; None where they cover the input.
    """

    classes: Tensor
    masks: Tensor
    canvas: tuple[int, int] | None = None


class MaskTargets(NamedTuple):
    """Segments of one image that queries have to find.

    Attributes:
        labels: (G,) int64 class ids.
        masks: (G, H, W) bool.
        valid: (H, W) bool, the pixels that have a label.
    """

    labels: Tensor
    masks: Tensor
    valid: Tensor


def class_masks(label: Tensor, num_classes: int, ignore_index: int = 255) -> MaskTargets:
    """Return one segment for each class of a label.

    Args:
        label: (H, W) integer class ids.
        num_classes: K; other ids than 0..K-1 have no segment.
        ignore_index: Id of pixels without a label.
    """
    ids = label.unique()
    ids = ids[(ids >= 0) & (ids < num_classes) & (ids != ignore_index)].long()
    return MaskTargets(ids, label == ids[:, None, None], label != ignore_index)


def segment_masks(
    label: Tensor, instances: Tensor | None, things: Sequence[int], num_classes: int, ignore_index: int = 255
) -> MaskTargets:
    """Return one segment for each instance of a thing class and for each other class of a label.

    Args:
        label: (H, W) integer class ids.
        instances: (H, W) instance ids, 0 = none; None uses the connected components of `things`. Pixels of a
            thing class outside every instance count as pixels without a label.
        things: Class ids that have instances.
        num_classes: K; other ids than 0..K-1 have no segment.
        ignore_index: Id of pixels without a label.
    """
    maps = [label.long()] if instances is None else [label.long(), instances.long()]
    labels, *ids = torch.stack(maps).cpu().numpy()  # one wait
    found = true_segments(labels, ids[0] if ids else None, things, ignore_index)
    wanted = [i for i, k in enumerate(found.classes.tolist()) if k < num_classes and not found.crowd[i]]
    numbers, kinds, wanted = (
        torch.as_tensor(part, device=label.device)
        for part in (found.numbers, found.classes[wanted], np.array(wanted, np.int64) + 1)
    )
    crowds = torch.as_tensor(np.isin(found.numbers, np.flatnonzero(found.crowd) + 1), device=label.device)
    return MaskTargets(kinds, numbers == wanted[:, None, None], (label != ignore_index) & ~crowds)


def full_size_masks(prediction: MaskPrediction, size: Sequence[int]) -> Tensor:
    """Resize the masks to an input of `size` (H, W), without the padding: logits (N, Q, H, W)."""
    height, width = size
    masks = resized_masks(prediction.masks, prediction.canvas or (height, width))
    return masks[..., :height, :width]


def resized_masks(masks: Tensor, size: Sequence[int]) -> Tensor:
    """Resize masks (N, Q, h, w), also of no query, to `size` (H, W), bilinearly."""
    if not masks.shape[1]:  # `interpolate` refuses an empty tensor
        return masks.new_zeros(*masks.shape[:2], *size)
    return interpolate(masks, tuple(size), mode="bilinear", align_corners=False)


def semantic_logits(classes: Tensor, masks: Tensor) -> Tensor:
    """Compute the logarithm of the class scores of all pixels.

    The score of a class is the sum over the queries of the probability of that class times the probability
    of the mask (Cheng et al., MaskFormer, NeurIPS 2021, section 3.4, semantic inference). The softmax of the
    result is the scores, divided by their sum.

    Args:
        classes: (N, Q, K + 1) logits.
        masks: (N, Q, H, W) logits.

    Returns:
        (N, K, H, W) float32.
    """
    probabilities = classes.float().softmax(-1)[..., :-1]
    scores = torch.einsum("nqk,nqhw->nkhw", probabilities, masks.float().sigmoid())
    return scores.clamp_min(SMALLEST_SCORE).log()
