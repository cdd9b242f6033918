"""Evaluators: what a prediction is worth."""

from seg_plugins.metrics.boundary_metric import BoundaryMetric
from seg_plugins.metrics.calibration_metric import CalibrationMetric
from seg_plugins.metrics.confusion_metric import ConfusionMetric
from seg_plugins.metrics.coverage_metric import CoverageMetric
from seg_plugins.metrics.mask_ap_metric import MaskAPMetric

__all__ = ["BoundaryMetric", "CalibrationMetric", "ConfusionMetric", "CoverageMetric", "MaskAPMetric"]
