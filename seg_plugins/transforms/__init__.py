"""Transforms of images and their label maps."""

from .load_instance_map import LoadInstanceMap
from .load_seg_annotations import LoadSegAnnotations
from .load_seg_image import LoadSegImage
from .pack_instance_inputs import PackInstanceInputs

__all__ = ["LoadInstanceMap", "LoadSegAnnotations", "LoadSegImage", "PackInstanceInputs"]
