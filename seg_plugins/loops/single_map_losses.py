"""Losses of heads that make several maps in training and one in evaluation."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from mmseg.models.decode_heads import DDRHead, IterativeDecodeHead, PIDHead
from mmseg.models.utils import resize
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from seg_plugins.ops.replacing import replaced

__all__ = ["single_map_loss", "single_map_losses"]

MAIN_LOSSES: dict[type[nn.Module], tuple[int, str]] = {  # which of `loss_decode` the map is trained with
    DDRHead: (0, "loss_context"),
    PIDHead: (1, "loss_sem_i"),
}


def single_map_loss(head: nn.Module) -> Callable[[Tensor, list[SegDataSample]], dict[str, Tensor]] | None:
    """Return the loss of the one map that a head makes in evaluation.

    DDRNet's and PIDNet's heads have one more or two more maps in training, which their backbones do not
    make in evaluation; K-Net's head has one for each stage.

    Args:
        head: A decode head.

    Returns:
        What takes logits (N, K, h, w) and samples, and gives the main term of the training's loss by the name
        that it has there; None where `head.loss_by_feat` takes one map itself.
    """
    if isinstance(head, IterativeDecodeHead):
        return head.kernel_generate_head.loss_by_feat
    main = next((value for kind, value in MAIN_LOSSES.items() if isinstance(head, kind)), None)
    if main is None:
        return None

    def loss(logits: Tensor, samples: list[SegDataSample]) -> dict[str, Tensor]:
        number, name = main
        label = torch.stack([sample.gt_sem_seg.data[0] for sample in samples])
        full = resize(logits, label.shape[1:], mode="bilinear", align_corners=head.align_corners)
        return {name: head.loss_decode[number](full, label)}

    return loss


@contextmanager
def single_map_losses(model: nn.Module) -> Iterator[None]:
    """Let `model.loss` work in evaluation: heads with one map there take the loss of that map."""
    with ExitStack() as stack:
        for module in model.modules():
            if not module.training and (loss := single_map_loss(module)) is not None:
                stack.enter_context(replaced(module, loss_by_feat=loss))
        yield
