"""Segmenting images, folders, videos and rasters with a trained model. Registers nothing."""

from .predictor import TTA_VIEWS, Prediction, SegPredictor

__all__ = ["TTA_VIEWS", "Prediction", "SegPredictor"]
