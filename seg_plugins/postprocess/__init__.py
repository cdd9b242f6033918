"""Post-processing steps for `postprocess=[...]`: each a pure function and a registered class."""

from .bilateral_filter import BilateralFilter
from .confidence_threshold import ConfidenceThreshold
from .dense_crf import DenseCRF
from .guided_filter import GuidedFilter
from .morphology import Morphology
from .superpixel_refinement import SuperpixelRefinement
from .temperature_scaling import TemperatureScaling

__all__ = [
    "BilateralFilter",
    "ConfidenceThreshold",
    "DenseCRF",
    "GuidedFilter",
    "Morphology",
    "SuperpixelRefinement",
    "TemperatureScaling",
]
