"""The only way to load a trained model: `load_model(config, checkpoint)`. Registers nothing."""

from .image_pipeline import ImageLike, ImagePipeline, InputImage, find_test_pipeline
from .input_spec import InputSpec
from .loaded_model import LoadedModel, build_network, load_model, tta_settings, usable_device

__all__ = [
    "ImageLike",
    "ImagePipeline",
    "InputImage",
    "InputSpec",
    "LoadedModel",
    "build_network",
    "find_test_pipeline",
    "load_model",
    "tta_settings",
    "usable_device",
]
