"""Conversion of an image to a network's input by the config's own loading transform and test pipeline."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.image import rescale_size
from mmcv.transforms import LoadAnnotations, TestTimeAug
from mmengine.config import Config
from mmseg.registry import TRANSFORMS
from mmseg.structures import SegDataSample
from PIL import Image
from torch import Tensor

from seg_plugins.files.image_bytes import require_complete
from seg_plugins.files.no_data import without_data
from seg_plugins.ops.display import shown

from .pixels import array_of, as_loaded, is_decoder

__all__ = ["ImageLike", "ImagePipeline", "InputImage", "find_test_pipeline", "source_of", "steps_for_files"]

ImageLike = str | Path | np.ndarray | Image.Image | Tensor
FROM_FILE = dict(type="LoadSegImage")
PACKAGES = ("mmcv.", "mmseg.", "seg_plugins.")
PACKING = dict(type="PackSegInputs")
LABEL_WORDS = ("Annotation", "InstanceMap", "SegMap", "Label", "Mask")


@dataclass
class InputImage:
    """An image as the config's loading transform returns it.

    Attributes:
        results: `img` (H, W) or (H, W, C), `img_shape`, `ori_shape`, and `img_path` if there is a file.
        name: Name for messages.
        bgr: Whether three channels are in the order blue, green, red.
    """

    results: dict[str, Any]
    name: str
    bgr: bool

    @property
    def pixels(self) -> np.ndarray:
        """(H, W) or (H, W, C), the input of the test pipeline."""
        return self.results["img"]

    @property
    def size(self) -> tuple[int, int]:
        """(H, W)."""
        return self.pixels.shape[:2]

    def tensor(self) -> Tensor:
        """Return (C, H, W), as the packing transform does with pixels that no other transform changes."""
        pixels = self.pixels[..., None] if self.pixels.ndim == 2 else self.pixels
        return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))

    def shown(self) -> np.ndarray:
        """Return (H, W, 3) uint8 RGB for viewing."""
        return shown(self.pixels, self.bgr)

    def valid(self) -> np.ndarray | None:
        """Return (H, W) bool, True where any channel has data; None means everywhere."""
        missing = self.results.get("missing")
        if missing is None and self.pixels.dtype.kind == "f":
            missing = ~np.isfinite(self.pixels)
        nothing = without_data(missing)
        return None if nothing is None else ~nothing


def source_of(dataset: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the config of the file data set inside packed, repeated and concatenated ones."""
    while "pipeline" not in dataset or dataset.get("type") == "PackedSegDataset":
        inner = dataset.get("dataset") or next(iter(dataset.get("datasets") or ()), None)
        if inner is None:
            break
        dataset = inner
    return dataset


def find_test_pipeline(cfg: Config) -> list[dict[str, Any]]:
    """Return the config's test pipeline, else its validation pipeline, else loading and packing."""
    for name in ("test_dataloader", "val_dataloader"):
        dataset = (cfg.get(name) or {}).get("dataset")
        if dataset and (steps := source_of(dataset).get("pipeline")):
            return deepcopy(list(steps))
    return deepcopy(list(cfg.get("test_pipeline") or (FROM_FILE, PACKING)))


def loads_labels(step: Mapping[str, Any]) -> bool:
    """Return whether a transform loads labels, which images for prediction do not have."""
    kind = step["type"]
    known = TRANSFORMS.get(kind) if isinstance(kind, str) else kind
    if isinstance(known, type) and issubclass(known, LoadAnnotations):
        return True
    name = kind if isinstance(kind, str) else kind.__name__
    return name.startswith("Load") and any(word in name for word in LABEL_WORDS)


def steps_for_files(steps: Sequence[Any]) -> list[Any]:
    """Return a pipeline's configs without label loading, in views of test-time augmentation too."""
    kept = []
    for step in steps:
        if isinstance(step, list | tuple):
            if inner := steps_for_files(step):
                kept.append(inner)
        elif not loads_labels(step):
            inner = step.get("transforms")
            kept.append({**step, "transforms": steps_for_files(inner)} if isinstance(inner, list) else step)
    return kept


def without_empty_axis(step: Any, size: tuple[int, int]) -> Any:
    """Return a step; replace one that would resize a side of `size` (H, W) to 0 by one that keeps a pixel."""
    if type(step).__name__ != "Resize" or step.scale is None or not step.keep_ratio:
        return step
    scaled = rescale_size(size[::-1], tuple(step.scale))
    if min(scaled) > 0:
        return step
    step = copy(step)
    step.scale, step.keep_ratio = tuple(max(1, n) for n in scaled), False
    return step


class ImagePipeline:
    """Load images and convert them to the network's input, as the config does in a test.

    Args:
        steps: Configs of a test pipeline or of test-time augmentation; label loading is left out.

    Attributes:
        loader: The transform that loads an image.
        steps: The transforms after it, with the packing transform last.

    Raises:
        ValueError: The pipeline does not load images from files.
    """

    def __init__(self, steps: Sequence[dict[str, Any]]) -> None:
        steps = steps_for_files(deepcopy(list(steps)))
        if not steps or not is_loader(steps[0]):
            first = steps[0]["type"] if steps else "nothing"
            raise ValueError(
                f"the test pipeline begins with {first}, which loads no image from a file: begin it with"
                " LoadSegImage (test_dataloader.dataset.pipeline)"
            )
        self.loader, *self.steps = (TRANSFORMS.build(step) for step in steps)
        self.bgr = is_decoder(self.loader)

    @property
    def eight_bits(self) -> bool:
        """Whether images are loaded as 8 bits, whatever their files hold."""
        return self.bgr and self.loader.color_type != "unchanged"

    def read(self, path: str | Path, name: str | None = None) -> InputImage:
        """Load an image file.

        Args:
            path: The file.
            name: Name for messages, if the path would mean nothing to the user.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is empty, truncated, damaged, or not an image that the loader knows.
        """
        path, name = Path(path), str(path) if name is None else name
        if not path.is_file():
            raise FileNotFoundError(f"{name}: there is no such file")
        try:
            require_complete(path.read_bytes(), name)
            results = self.loader({"img_path": str(path), "seg_fields": []})
        except MemoryError:
            raise
        except Exception as error:  # any error of the loader's decoder
            message = str(error).replace(str(path), name)
            if isinstance(error, ValueError) and name in message:
                raise ValueError(message) from None
            raise ValueError(f"image {name} cannot be decoded: {message or type(error).__name__}") from None
        return InputImage(results, name, self.bgr)

    def take(
        self,
        image: np.ndarray | Tensor | Image.Image,
        name: str = "image",
        no_data: float | None = None,
        hidden: np.ndarray | None = None,
    ) -> InputImage:
        """Take an image in memory as if it had been loaded from a file.

        Args:
            image: Array (H, W) or (H, W, C), tensor (H, W) or (C, H, W), or PIL image. Of three channels, red
                is first; of four, alpha is last; others are in the order of a file.
            name: Name for messages.
            no_data: The no-data value, or None.
            hidden: (H, W) bool, pixels hidden by transparency, or None.

        Raises:
            ValueError: It is not an image, or the config's loader would not return such an image.
        """
        pixels, missing = as_loaded(array_of(image, name), self.loader, name, no_data, hidden)
        size = pixels.shape[:2]
        results = {"img": pixels, "img_path": name, "img_shape": size, "ori_shape": size, "seg_fields": []}
        if missing is not None:
            results["missing"] = missing
        return InputImage(results, name, self.bgr)

    def views(self, image: InputImage) -> list[tuple[Tensor, SegDataSample]]:
        """Return the inputs of the data preprocessor: pixels (C, h, w) and their meta information.

        Returns:
            One pair, or one per view with test-time augmentation.
        """
        results = dict(image.results)
        for step in self.steps:
            results = without_empty_axis(step, results["img"].shape[:2])(results)
            if results is None:
                raise ValueError(f"{image.name}: the test pipeline's {type(step).__name__} gives nothing")
        inputs, samples = results["inputs"], results["data_samples"]
        if not isinstance(inputs, list | tuple):
            inputs, samples = [inputs], [samples]
        return list(zip(inputs, samples, strict=True))

    def changing_steps(self) -> Iterator[Any]:
        """Return the transforms between loading and packing."""
        return (step for step in self.steps if not type(step).__name__.startswith("Pack"))

    @property
    def has_views(self) -> bool:
        """Whether test-time augmentation makes several views of an image."""
        return any(isinstance(step, TestTimeAug) for step in self.steps)


def is_loader(step: Mapping[str, Any]) -> bool:
    """Return whether a config is of a transform that loads images, by its name or as the user's own class."""
    kind = step["type"]
    known = TRANSFORMS.get(kind) if isinstance(kind, str) else kind
    own = not getattr(known, "__module__", "").startswith(PACKAGES)
    name = kind if isinstance(kind, str) else kind.__name__
    return own or name.rsplit(".", 1)[-1].startswith("Load")
