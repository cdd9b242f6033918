"""A weighted sum of losses as one loss."""

from collections.abc import Sequence
from typing import Any

from mmseg.registry import MODELS
from torch import Tensor, nn

__all__ = ["WeightedSumLoss"]


@MODELS.register_module()
class WeightedSumLoss(nn.Module):
    """Sum of weighted losses, logged as one term (a list in `loss_decode` logs each term).

    Args:
        losses: Configs of the terms.
        weights: One factor per term; 1 by default.
        loss_weight: Factor of the sum.
        loss_name: Key in the log.

    Raises:
        ValueError: If there is no term, or the numbers of terms and weights differ.
    """

    def __init__(
        self,
        losses: Sequence[dict[str, Any]],
        weights: Sequence[float] | None = None,
        loss_weight: float = 1.0,
        loss_name: str = "loss_sum",
    ) -> None:
        super().__init__()
        self.weights = [1.0] * len(losses) if weights is None else list(weights)
        if not losses or len(self.weights) != len(losses):
            raise ValueError(f"WeightedSumLoss: {len(losses)} losses and {len(self.weights)} weights")
        self.losses = nn.ModuleList(MODELS.build(loss) for loss in losses)
        self.loss_weight = loss_weight
        self._loss_name = loss_name

    @property
    def loss_name(self) -> str:
        """Key in the log."""
        return self._loss_name

    def forward(self, cls_score: Tensor, label: Tensor, **kwargs: Any) -> Tensor:
        """Compute the weighted sum.

        Args:
            cls_score: Logits, (N, K, H, W).
            label: Classes, (N, H, W), integer.
            **kwargs: Passed to every term; see `SegmentationLoss.forward`.
        """
        terms = (
            w * loss(cls_score, label, **kwargs) for w, loss in zip(self.weights, self.losses, strict=True)
        )
        return self.loss_weight * sum(terms)
