"""Segmenting images, folders, videos and rasters with a trained model. Registers nothing."""

from .maps import Prediction
from .predictor import SegPredictor

__all__ = ["Prediction", "SegPredictor"]
