"""Evaluation metrics."""

from .boundary_metric import BoundaryMetric
from .calibration_metric import CalibrationMetric
from .confusion_metric import ConfusionMetric
from .coverage_metric import CoverageMetric
from .mask_ap_metric import MaskAPMetric
from .panoptic_quality import PanopticQuality

__all__ = [
    "BoundaryMetric",
    "CalibrationMetric",
    "ConfusionMetric",
    "CoverageMetric",
    "MaskAPMetric",
    "PanopticQuality",
]
