"""The only way to load a trained model: `load_model(config, checkpoint)`. Registers nothing."""

from .exported_file import is_exported, read_exported
from .exported_network import engine_of, use_exported
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
    "engine_of",
    "find_test_pipeline",
    "is_exported",
    "load_model",
    "read_exported",
    "tta_settings",
    "usable_device",
    "use_exported",
]
