"""Losses of dense prediction."""

from seg_plugins.losses.exact_cross_entropy_loss import ExactCrossEntropyLoss

__all__ = ["ExactCrossEntropyLoss"]
