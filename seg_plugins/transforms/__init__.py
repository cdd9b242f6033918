"""Transforms of images and their label maps."""

from .load_seg_annotations import LoadSegAnnotations
from .load_seg_image import LoadSegImage

__all__ = ["LoadSegAnnotations", "LoadSegImage"]
