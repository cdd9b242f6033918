"""One foreground channel as a pair of channels whose softmax gives both probabilities."""

import torch
from torch import Tensor

__all__ = ["two_class_logits", "two_class_scores"]


def two_class_logits(logits: Tensor) -> Tensor:
    """Turn a one-channel logit x into the pair (0, x), whose softmax is (1 - sigmoid(x), sigmoid(x)).

    Args:
        logits: (N, K, ...) float; more than one channel is returned unchanged.

    >>> two_class_logits(torch.tensor([[2.0]])).softmax(1)[:, 1] == torch.tensor(2.0).sigmoid()
    tensor([True])
    """
    return torch.cat([torch.zeros_like(logits), logits], dim=1) if logits.shape[1] == 1 else logits


def two_class_scores(scores: Tensor) -> Tensor:
    """Return a segmentor's `seg_logits` with one channel per class.

    Args:
        scores: (K, H, W) float logits, returned unchanged. A single channel (1, H, W) is the foreground
            probability, as upstream's `postprocess_result` leaves it.

    Returns:
        Scores of at least two classes; a probability of 0 counts as 1e-6.
    """
    return torch.cat([1 - scores, scores]).clamp_min(1e-6).log() if len(scores) == 1 else scores
