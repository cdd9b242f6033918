"""Segmenting images, folders, videos and rasters with a trained model. Registers nothing."""

from .maps import Prediction
from .predictor import TTA_VIEWS, SegPredictor

__all__ = ["TTA_VIEWS", "Prediction", "SegPredictor"]
