"""Transforms of images and their label maps."""

from .class_balanced_crop import ClassBalancedCrop
from .copy_paste_classes import CopyPasteClasses
from .fast_photo_metric_distortion import FastPhotoMetricDistortion
from .fused_resize_crop import FusedResizeCrop
from .load_instance_map import LoadInstanceMap
from .load_packed import LoadPacked
from .load_seg_annotations import LoadSegAnnotations
from .load_seg_image import LoadSegImage
from .multi_branch import MultiBranch
from .pack_instance_inputs import PackInstanceInputs
from .random_affine_warp import RandomAffineWarp
from .random_blur import RandomBlur
from .random_elastic import RandomElastic
from .random_fog import RandomFog
from .random_jpeg import RandomJPEG
from .random_occlusion import RandomOcclusion
from .random_rain import RandomRain
from .random_sensor_noise import RandomSensorNoise
from .random_snow import RandomSnow
from .whole_image_backend import WholeImageBackend

__all__ = [
    "ClassBalancedCrop",
    "CopyPasteClasses",
    "FastPhotoMetricDistortion",
    "FusedResizeCrop",
    "LoadInstanceMap",
    "LoadPacked",
    "LoadSegAnnotations",
    "LoadSegImage",
    "MultiBranch",
    "PackInstanceInputs",
    "RandomAffineWarp",
    "RandomBlur",
    "RandomElastic",
    "RandomFog",
    "RandomJPEG",
    "RandomOcclusion",
    "RandomRain",
    "RandomSensorNoise",
    "RandomSnow",
    "WholeImageBackend",
]
