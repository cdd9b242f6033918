"""Cross entropy of upsampled logits without holding them at full size.

The logits are upsampled a few label rows at a time. Loss and gradient of those rows are computed together,
and the gradient is propagated to the small logits at once. Only one tensor of the small size is kept for the
backward pass.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .base import require_class_ids

__all__ = [
    "CHUNK_ELEMENTS",
    "ChunkedSums",
    "chunked_cross_entropy",
    "linear_weights",
    "loss_of_rows",
    "row_chunks",
    "soft_targets",
]

CHUNK_ELEMENTS = {"cpu": 1 << 21, "cuda": 1 << 25}


class ChunkedSums(NamedTuple):
    """Sums over valid pixels: weighted loss (differentiable), class weights, correct predictions, pixels."""

    loss: Tensor
    weight: Tensor
    correct: Tensor
    valid: Tensor


@lru_cache(maxsize=16)
def linear_weights(size: int, out: int, align_corners: bool, device: torch.device) -> Tensor:
    """Return the matrix (out, size) that interpolates linearly, with the coordinates of `F.interpolate`.

    >>> linear_weights(2, 4, False, torch.device("cpu"))[:2]
    tensor([[1.0000, 0.0000],
            [0.7500, 0.2500]])
    """
    with torch.no_grad():
        return F.interpolate(
            torch.eye(size, device=device)[None], size=out, mode="linear", align_corners=align_corners
        )[0].T.contiguous()


@lru_cache(maxsize=16)
def row_chunks(size: int, out: int, align_corners: bool, rows: int) -> list[tuple[int, int, int, int]]:
    """Return (first, last + 1) of every chunk of output rows, and of the input rows that it reads."""
    used = linear_weights(size, out, align_corners, torch.device("cpu")) != 0
    chunks = []
    for start in range(0, out, rows):
        stop = min(start + rows, out)
        read = used[start:stop].any(0).nonzero()
        chunks.append((start, stop, int(read[0]), int(read[-1]) + 1))
    return chunks


def soft_targets(
    label: Tensor, valid: Tensor, class_weight: Tensor, smoothing: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return target weights of the labelled class and of all classes, (N, R, W) each, and per class (K,)."""
    weight = class_weight[label] * valid
    every = class_weight * (smoothing / len(class_weight))
    return (1 - smoothing) * weight, (1 - smoothing) * weight + every.sum() * valid, every


def loss_of_rows(
    logits: Tensor, label: Tensor, valid: Tensor, class_weight: Tensor, smoothing: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Compute the loss sum, number of right predictions, and the gradient at the logits of full-size rows.

    Args:
        logits: (N, K, R, W), float32; overwritten.
        label: Classes, (N, R, W), int64, any class where not valid.
        valid: (N, R, W), bool.
        class_weight: (K,).
        smoothing: Label smoothing, 0..1.
    """
    picked, total, every = soft_targets(label, valid, class_weight, smoothing)
    index = label.unsqueeze(1)
    log_p = logits.log_softmax(1)
    chosen = log_p.gather(1, index).squeeze(1)
    loss = -(picked * chosen).sum()
    correct = ((chosen >= log_p.amax(1)) & valid).sum()
    if smoothing:
        loss = loss - ((log_p * every[:, None, None]).sum(1) * valid).sum()
    gradient = log_p.exp_().mul_(total.unsqueeze(1)).scatter_add_(1, index, -picked.unsqueeze(1))
    if smoothing:
        gradient -= every[:, None, None] * valid.unsqueeze(1)
    return loss, correct, gradient


class _ChunkedCrossEntropy(torch.autograd.Function):
    """Loss sum and right predictions; the gradient is made in the forward pass."""

    @staticmethod
    def forward(
        ctx: Any,
        score: Tensor,
        label: Tensor,
        valid: Tensor,
        class_weight: Tensor,
        smoothing: float,
        align_corners: bool,
        chunk_elements: int,
    ) -> tuple[Tensor, Tensor]:
        n, k, h, w = score.shape
        height, width = label.shape[1:]
        same = (h, w) == (height, width)
        across = linear_weights(w, width, align_corners, score.device).to(class_weight.dtype)
        down = linear_weights(h, height, align_corners, score.device).to(class_weight.dtype)
        small = torch.zeros(score.shape, dtype=class_weight.dtype, device=score.device)
        loss, correct = class_weight.new_zeros(()), label.new_zeros(())
        rows = max(1, chunk_elements // (n * k * width))
        for start, stop, first, last in row_chunks(h, height, align_corners, rows):
            logits = score[:, :, first:last].to(class_weight.dtype)
            if not same:
                logits = down[start:stop, first:last] @ (logits @ across.T)
            part, right, gradient = loss_of_rows(
                logits, label[:, start:stop], valid[:, start:stop], class_weight, smoothing
            )
            loss, correct = loss + part, correct + right
            small[:, :, first:last] += (
                gradient if same else (down[start:stop, first:last].T @ gradient) @ across
            )
        ctx.save_for_backward(small)
        ctx.mark_non_differentiable(correct)
        ctx.dtype = score.dtype
        return loss, correct

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, loss: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        (small,) = ctx.saved_tensors
        return ((small * loss).to(ctx.dtype), *[None] * 6)


def chunked_cross_entropy(
    score: Tensor,
    label: Tensor,
    class_weight: Tensor | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = 255,
    align_corners: bool = False,
    chunk_elements: int | None = None,
) -> ChunkedSums:
    """Return the sums of the cross entropy of `score` resized bilinearly to the size of `label`.

    `sums.loss / sums.weight` equals `F.cross_entropy(F.interpolate(score, ...), label, class_weight)`.

    Args:
        score: Small logits, (N, K, h, w), any float type; computed in float32 (float64 for float64).
        label: Classes, (N, H, W), integer.
        class_weight: (K,), or None.
        label_smoothing: Share of the target spread over all classes, 0..1.
        ignore_index: Label that does not count, or None.
        align_corners: As for the bilinear interpolation.
        chunk_elements: Largest number of logits held at full size; by default 2**21 on a CPU, 2**25 on a GPU.

    Raises:
        ValueError: If a label that is not ignored is not a class.
    """
    dtype = torch.float64 if score.dtype is torch.float64 else torch.float32
    label = label.long()
    valid = torch.ones_like(label, dtype=torch.bool) if ignore_index is None else label != ignore_index
    require_class_ids(label, valid, score.shape[1])
    label = label.masked_fill(~valid, 0)
    weight = (
        score.new_ones(score.shape[1], dtype=dtype)
        if class_weight is None
        else class_weight.to(score.device, dtype)
    )
    chunk_elements = chunk_elements or CHUNK_ELEMENTS.get(score.device.type, CHUNK_ELEMENTS["cuda"])
    with torch.autocast(score.device.type, enabled=False):
        loss, correct = _ChunkedCrossEntropy.apply(
            score, label, valid, weight, label_smoothing, align_corners, chunk_elements
        )
        return ChunkedSums(loss, (weight[label] * valid).sum(), correct, valid.sum())
