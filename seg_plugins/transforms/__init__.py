"""Transforms of images and their label maps."""

from .fast_photo_metric_distortion import FastPhotoMetricDistortion
from .fused_resize_crop import FusedResizeCrop
from .load_instance_map import LoadInstanceMap
from .load_packed import LoadPacked
from .load_seg_annotations import LoadSegAnnotations
from .load_seg_image import LoadSegImage
from .pack_instance_inputs import PackInstanceInputs

__all__ = [
    "FastPhotoMetricDistortion",
    "FusedResizeCrop",
    "LoadInstanceMap",
    "LoadPacked",
    "LoadSegAnnotations",
    "LoadSegImage",
    "PackInstanceInputs",
]
