"""One channel for two classes, as a pair whose softmax gives the two probabilities."""

import torch
from torch import Tensor

__all__ = ["two_class_logits", "two_class_scores"]


def two_class_logits(logits: Tensor) -> Tensor:
    """A one-channel logit x as the pair (0, x), whose softmax is (1 - sigmoid(x), sigmoid(x)).

    Args:
        logits: (N, K, ...) float; of more than one channel they stay as they are.

    >>> two_class_logits(torch.tensor([[2.0]])).softmax(1)[:, 1] == torch.tensor(2.0).sigmoid()
    tensor([True])
    """
    return torch.cat([torch.zeros_like(logits), logits], dim=1) if logits.shape[1] == 1 else logits


def two_class_scores(scores: Tensor) -> Tensor:
    """What a segmentor stores as `seg_logits`, with a channel for each class.

    Args:
        scores: (K, H, W) float logits, which stay as they are. One channel (1, H, W) is the foreground's
            probability, as upstream's `postprocess_result` leaves it.

    Returns:
        Scores of two classes or more; a probability of 0 counts as 1e-6.
    """
    return torch.cat([1 - scores, scores]).clamp_min(1e-6).log() if len(scores) == 1 else scores
