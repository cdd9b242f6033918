"""Loading of a trained model: its network, its input and classes, and its own way to read images."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import Tensor, nn

from seg_plugins.checkpoints.fitting import load_weights
from seg_plugins.checkpoints.safe_loading import SafeLoading
from seg_plugins.config.reading import read_config
from seg_plugins.config.type_names import check_type_names
from seg_plugins.ops.painting import complete_palette

from .deployed_config import deployed_config
from .exported_file import is_exported, read_exported
from .exported_network import use_exported
from .image_pipeline import ImageLike, ImagePipeline, InputImage, find_test_pipeline
from .input_spec import InputSpec, input_spec_of, statistics_of
from .preprocessing import Preprocessing

__all__ = ["LoadedModel", "build_network", "load_model", "tta_settings", "usable_device"]

PACKAGES = ("mmseg.", "seg_plugins.")
INFERENCE = ("predict", "inference", "whole_inference", "slide_inference", "postprocess_result")


@dataclass
class LoadedModel:
    """A segmentor with its weights, and everything about its input and output that training decided.

    Attributes:
        network: The segmentor, in evaluation mode, on its device.
        config: The config of the network.
        pipeline: Loads images and converts them to inputs as the config's test does.
        input_spec: Input of the network.
        classes: Class names, as many as the network has.
        palette: (K, 3) uint8 RGB; None where it was not built by `load_model`.
        meta: The checkpoint's `meta`; empty without a checkpoint.
        preprocessing: The network's data preprocessor as a function of one image.
    """

    network: nn.Module
    config: Config
    pipeline: ImagePipeline
    input_spec: InputSpec
    classes: tuple[str, ...]
    palette: Any = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.preprocessing = Preprocessing(self.network.data_preprocessor)

    @property
    def device(self) -> torch.device:
        """Device of the network."""
        return next((p.device for p in self.network.parameters()), torch.device("cpu"))

    @property
    def gives_scores(self) -> bool:
        """Whether predictions are computed from `encode_decode`, as in upstream's segmentors."""
        kind = type(self.network)
        own = [getattr(kind, name, None) for name in INFERENCE]
        known = all(f is None or f.__module__.startswith(PACKAGES) for f in own)
        return known and hasattr(self.network, "encode_decode")

    @property
    def resize_mode(self) -> str:
        """Interpolation for resizing scores to the size of an image: "bilinear" or "nearest"."""
        return getattr(self.network, "resize_mode", "bilinear")

    def read(self, image: ImageLike, name: str | None = None) -> InputImage:
        """Load a file, or take an image in memory as if it were loaded from one; see `ImagePipeline`.

        Raises:
            FileNotFoundError: The path does not exist.
            ValueError: It is not an image, or not one that the network can take.
        """
        if isinstance(image, str | Path):
            return self.checked(self.pipeline.read(image, name))
        return self.checked(self.pipeline.take(image, name or "image"))

    def read_bytes(self, data: bytes, name: str) -> InputImage:
        """Load the content of an image file with the config's loader if that reads files, else as `read`."""
        with TemporaryDirectory(prefix="image-") as folder:
            path = Path(folder) / "image"
            path.write_bytes(data)
            return self.read(path, name)

    def checked(self, image: InputImage) -> InputImage:
        """Return the image if the network takes its number of channels; a single one may be repeated.

        Raises:
            ValueError: The network takes another number of channels.
        """
        channels = 1 if image.pixels.ndim == 2 else image.pixels.shape[2]
        wanted = self.input_spec.channels
        means = statistics_of(self.network)[0]
        if channels != wanted and not (channels == 1 and len(means) == wanted):
            raise ValueError(
                f"image {image.name} has {channels} channels, but the network takes {wanted}: give images of "
                "the kind that it was trained with"
            )
        return image

    def example(self, size: tuple[int, int], batch: int = 1, device: Any = None) -> Tensor:
        """Return zeros (batch, C, H, W) float32 in the shape of the network's input, to examine shapes.

        Args:
            size: (H, W).
            batch: Number of images.
            device: Device of the zeros; by default the network's.
        """
        return torch.zeros(batch, self.input_spec.channels, *size, device=device or self.device)


def usable_device(name: str | None = None) -> torch.device:
    """Return the device of that name; by default CUDA if available, else the CPU.

    Raises:
        ValueError: There is no such device.
    """
    name = name or ("cuda:0" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # PyTorch without CUDA raises AssertionError
        raise ValueError(f"device {name!r} cannot be used here: {str(error).splitlines()[0]}") from None
    return device


def build_network(cfg: Config) -> nn.Module:
    """Build the config's segmentor on the CPU, without the weights that its training started from."""
    init_default_scope(cfg.get("default_scope") or "mmseg")
    model_cfg = deepcopy(cfg.model)
    model_cfg.pop("pretrained", None)
    if "backbone" in model_cfg:
        model_cfg.backbone["init_cfg"] = None
    return MODELS.build(model_cfg)


def class_count(network: nn.Module) -> int:
    """Return the number of classes of a segmentor; a single foreground channel means two."""
    return max(2, getattr(network, "out_channels", None) or network.num_classes)


def class_names(meta: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """Return the class names of a checkpoint's `dataset_meta`; a nameless class becomes `class <id>`."""
    names = tuple(meta.get("classes") or ())
    return names + tuple(f"class {i}" for i in range(len(names), count))


def tta_settings(cfg: Config) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the pipeline and the model of `--tta`: the config's `tta_pipeline` and `tta_model`.

    Raises:
        ValueError: The config lacks one of them.
    """
    missing = [key for key in ("tta_pipeline", "tta_model") if not cfg.get(key)]
    if missing:
        raise ValueError(f"--tta: the config has no {' and no '.join(missing)}")
    return cfg.tta_pipeline, cfg.tta_model


def load_model(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    *,
    device: str | torch.device | None = None,
    trusted: bool = False,
    tta: bool = False,
) -> LoadedModel:
    """Build a config's segmentor, load its weights, and determine its input.

    Args:
        config: Config file or object.
        checkpoint: Path of the weights, or of an exported file; None keeps the initial ones.
        device: For example "cuda:0"; by default CUDA if available, else the CPU.
        trusted: Let the checkpoint run code, as `trust_checkpoint=True` in the config does.
        tta: Load images with the config's `tta_pipeline`.

    Raises:
        FileNotFoundError: There is no such config or checkpoint.
        ValueError: The checkpoint is damaged or does not fit, or the config cannot be used.
    """
    cfg = config if isinstance(config, Config) else read_config(config)
    check_type_names(cfg, str(cfg.filename))
    exported = read_exported(checkpoint) if is_exported(checkpoint) else None
    if exported and str(device or "cpu") != "cpu":
        raise ValueError(f"device {device}: exported file {checkpoint} runs on the CPU: leave the device out")
    device = "cpu" if exported else device
    device = device if isinstance(device, torch.device) else usable_device(device)
    cfg, branch = deployed_config(cfg)
    trusted = trusted or cfg.get("trust_checkpoint", False)
    with SafeLoading(trusted).in_force():
        network = build_network(cfg)
        pipeline = ImagePipeline(tta_settings(cfg)[0] if tta else find_test_pipeline(cfg))
    meta = (
        load_weights(network, checkpoint, trusted, branch) if checkpoint is not None and not exported else {}
    )
    network = network.to(device).eval()
    spec = input_spec_of(network, pipeline.bgr, pipeline.eight_bits)
    if exported:
        use_exported(network, exported, cfg)
        meta = {"dataset_meta": {"classes": exported.facts.classes, "palette": exported.facts.palette}}
    about = meta.get("dataset_meta") or {}
    names = class_names(about, class_count(network))
    palette = complete_palette(about.get("palette"), len(names), names)
    return LoadedModel(network, cfg, pipeline, spec, names, palette, meta)
