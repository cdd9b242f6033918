"""Evaluators: what a prediction is worth."""

from seg_plugins.metrics.confusion_metric import ConfusionMetric

__all__ = ["ConfusionMetric"]
