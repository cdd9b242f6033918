"""Cross entropy in chunks, without upsampling a decode head's logits to full size."""

from functools import partial
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.losses import CrossEntropyLoss
from mmseg.registry import HOOKS
from torch import Tensor, nn

from seg_plugins.losses.chunked_cross_entropy import ChunkedSums, chunked_cross_entropy
from seg_plugins.losses.exact_cross_entropy_loss import ExactCrossEntropyLoss
from seg_plugins.ops.replacing import replace_method
from seg_plugins.ops.unwrapping import unwrapped

__all__ = ["ChunkedLossHook", "chunked_loss_by_feat", "chunked_value", "losses_of", "reason_against"]


def losses_of(head: BaseDecodeHead) -> list[nn.Module]:
    """Return the loss modules of a head as a list."""
    losses = head.loss_decode
    return list(losses) if isinstance(losses, nn.ModuleList) else [losses]


def reason_against(head: BaseDecodeHead) -> str | None:
    """Say why this head's loss needs full-size logits; None if it does not."""
    if type(head).loss_by_feat is not BaseDecodeHead.loss_by_feat:
        return "it computes its loss in its own way"
    if head.sampler is not None:
        return "its pixel sampler looks at full-size logits"
    if head.out_channels == 1:
        return "it has one binary logit"
    for loss in losses_of(head):
        if type(loss) is ExactCrossEntropyLoss:
            known = loss.reduction == "mean"
        else:
            known = type(loss) is CrossEntropyLoss and loss.reduction == "mean" and loss.class_weight is None
            known = known and not (loss.use_sigmoid or loss.use_mask)
        if not known:
            return f"its loss {type(loss).__name__} is no mean of softmax cross entropy"
    return None


def chunked_value(
    loss: nn.Module, score: Tensor, label: Tensor, ignore_index: int, **options: Any
) -> tuple[Tensor, ChunkedSums]:
    """Return the value of `loss` for the upsampled logits, and the sums behind it."""
    exact = isinstance(loss, ExactCrossEntropyLoss)
    weight = loss.weight_of_classes(score[:0].float()) if exact else None
    sums = chunked_cross_entropy(
        score, label, weight, getattr(loss, "label_smoothing", 0.0), ignore_index, **options
    )
    total = sums.weight
    if isinstance(loss, CrossEntropyLoss) and not loss.avg_non_ignore:
        total = torch.full_like(total, label.numel())
    return loss.loss_weight * sums.loss / total.clamp(min=torch.finfo(total.dtype).tiny), sums


def chunked_loss_by_feat(
    head: BaseDecodeHead, chunk_elements: int | None, seg_logits: Tensor, batch_data_samples: list
) -> dict[str, Tensor]:
    """Compute the result of `BaseDecodeHead.loss_by_feat` without full-size logits.

    Args:
        head: Head whose losses, `ignore_index` and `align_corners` are used.
        chunk_elements: See `chunked_cross_entropy`.
        seg_logits: (N, K, h, w).
        batch_data_samples: N samples with `gt_sem_seg`.
    """
    label = head._stack_batch_gt(batch_data_samples).squeeze(1)
    options = dict(align_corners=head.align_corners, chunk_elements=chunk_elements)
    result: dict[str, Tensor] = {}
    for loss in losses_of(head):
        value, sums = chunked_value(loss, seg_logits, label, head.ignore_index, **options)
        result[loss.loss_name] = result.get(loss.loss_name, 0) + value
    result["acc_seg"] = 100.0 * sums.correct / sums.valid.clamp(min=1)
    return result


@HOOKS.register_module()
class ChunkedLossHook(Hook):
    """Let every decode head that trains on softmax cross entropy compute it in chunks.

    Upstream's `BaseDecodeHead.loss_by_feat` resizes the logits before it calls the loss, so no loss class can
    avoid the full-size tensor. This hook replaces `loss_by_feat` of the head object. Losses, values and state
    dictionary stay the same, for any head class. Heads whose loss needs full-size logits are not changed, and
    the log says why.

    Args:
        chunk_elements: Largest number of logits held at full size; by default it depends on the device.
    """

    def __init__(self, chunk_elements: int | None = None) -> None:
        self.chunk_elements = chunk_elements

    def before_train(self, runner: Runner) -> None:
        """Replace the loss functions of the heads."""
        model = unwrapped(runner.model)
        for name, head in model.named_modules():
            if not isinstance(head, BaseDecodeHead):
                continue
            reason = reason_against(head)
            if reason is None:
                chunked = partial(chunked_loss_by_feat, head, self.chunk_elements)
                replace_method(head, "loss_by_feat", lambda _, chunked=chunked: chunked)
            runner.logger.info(
                f"{name}: loss in chunks" if reason is None else f"{name}: loss at full size, {reason}"
            )
