"""Comparison of an exported graph with its network: scores at several sizes, labels and mIoU on images."""

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmseg.registry import DATASETS
from torch import Tensor, nn
from torch.nn.functional import interpolate

from seg_plugins.models import LoadedModel
from seg_plugins.ops.confusion import confusion_matrix

__all__ = [
    "Agreement",
    "SizeParity",
    "compare_at",
    "compare_on_images",
    "resized_images",
    "speed_of",
    "test_input",
]

Forward = Callable[[Tensor, Any], Tensor]
TIE = 1e-4  # of the scores' range: classes this near to each other are alike to rounding
ROUNDS = 5


@dataclass(frozen=True)
class SizeParity:
    """Comparison at one size.

    Attributes:
        size: (H, W).
        error: Largest difference of scores, as a fraction of their range.
        equal: Fraction of pixels with the same label, ties to rounding left out.
        reason: Why the graph gave no scores of this size; else empty.
    """

    size: tuple[int, int]
    error: float
    equal: float
    reason: str = ""


@dataclass(frozen=True)
class Agreement:
    """Comparison on images of the data set, in percent.

    Attributes:
        images: Number of images.
        equal: Pixels with the same label.
        miou: mIoU of the network and of the exported file; None without labels.
    """

    images: int
    equal: float
    miou: tuple[float, float] | None


def test_data(loaded: LoadedModel) -> Any:
    """Return the data set of the config's test; None if there is none on this machine."""
    cfg = loaded.config
    loader = cfg.get("test_dataloader") or cfg.get("val_dataloader")
    try:
        data = DATASETS.build(deepcopy(loader["dataset"]))
        return data if len(data) else None
    except (FileNotFoundError, TypeError):
        return None


def synthetic(loaded: LoadedModel, size: tuple[int, int]) -> Tensor:
    """Return normalised pixels (1, C, H, W): waves and noise, for when there are no images."""
    generator = torch.Generator().manual_seed(0)
    rows, columns = torch.arange(size[0])[:, None] / 9, torch.arange(size[1])[None] / 13
    channels = [(rows + n).sin() + (columns - n).cos() for n in range(loaded.input_spec.channels)]
    noise = torch.randn(1, loaded.input_spec.channels, *size, generator=generator)
    return torch.stack(channels)[None] + 0.3 * noise


def test_input(loaded: LoadedModel, data: Any) -> Tensor:
    """Return what the network sees first in a test, normalised pixels (1, C, H, W); a window if it slides."""
    test_cfg = loaded.config.model.get("test_cfg") or {}
    crop = test_cfg.get("crop_size") if test_cfg.get("mode") == "slide" else None
    if data is None:
        size = crop or loaded.config.get("crop_size") or (128, 256)
        return synthetic(loaded, tuple(size))
    item = data[0]
    pixels = loaded.preprocessing.whole(item["inputs"], deepcopy(item["data_samples"]))
    return pixels if crop is None else pixels[..., : crop[0], : crop[1]]


def resized_images(image: Tensor, least: int) -> Iterator[Tensor]:
    """Yield the image at its own size, half of it, an odd size, another aspect, and the smallest size."""
    height, width = image.shape[2:]
    half = max(least, height // 2), max(least, width // 2)
    odd = tuple(max(least, n * 3 // 8) | 1 for n in (height, width))
    other = max(least, height // 4), max(least, width // 4 * 3 + 1)
    for size in dict.fromkeys([(height, width), half, odd, other, (least, least)]):
        if size == (height, width):
            yield image
        else:
            yield interpolate(image, size, mode="bilinear", align_corners=False)


@torch.inference_mode()
def compare_at(image: Tensor, network: Forward, exported: Forward) -> SizeParity | None:
    """Compare the scores of an image (1, C, H, W); None if the network itself does not take its size."""
    size = tuple(image.shape[2:])
    metas = [{"img_shape": size, "ori_shape": size}]
    try:
        wanted = network(image, metas)
    except (RuntimeError, ValueError, ZeroDivisionError):
        return None
    try:
        given = exported(image, metas)
    except Exception as error:  # of the engine's own kinds
        return SizeParity(size, np.inf, 0.0, str(error).splitlines()[0][:200])
    if given.shape != wanted.shape:
        return SizeParity(size, np.inf, 0.0, f"scores of {tuple(given.shape)}, not {tuple(wanted.shape)}")
    scale = (wanted.amax() - wanted.amin()).clamp_min(1e-12)
    error = float((given - wanted).abs().amax() / scale)
    if wanted.shape[1] == 1:
        alike = ((given > 0) == (wanted > 0)) | (wanted.abs() < TIE * scale)
    else:
        chosen = wanted.gather(1, given.argmax(1, keepdim=True))
        alike = wanted.amax(1, keepdim=True) - chosen < TIE * scale
    return SizeParity(size, error if np.isfinite(error) else np.inf, float(alike.float().mean()))


@torch.inference_mode()
def compare_on_images(
    network: nn.Module, exported: nn.Module, data: Any, count: int, classes: int
) -> Agreement:
    """Test both on images of a data set, evenly spaced, as test.py does.

    Args:
        network: The segmentor.
        exported: The segmentor with the exported file in its place.
        data: The data set of the test.
        count: Number of images.
        classes: Number of classes.
    """
    chosen = np.unique(np.linspace(0, len(data) - 1, min(count, len(data))).round().astype(int))
    equal = total = 0
    matrices = np.zeros((2, classes, classes), np.int64)
    labelled = True
    for index in map(int, chosen):
        item = data[index]
        results = [
            model.test_step(pseudo_collate([deepcopy(item)]))[0].pred_sem_seg.data[0]
            for model in (network, exported)
        ]
        equal += int((results[0] == results[1]).sum())
        total += results[0].numel()
        labelled = labelled and "gt_sem_seg" in item["data_samples"]
        if labelled:
            truth = item["data_samples"].gt_sem_seg.data[0]
            for matrix, labels in zip(matrices, results, strict=True):
                matrix += confusion_matrix(labels, truth, classes).matrix
    miou = tuple(miou_of(matrix) for matrix in matrices) if labelled else None
    return Agreement(len(chosen), 100 * equal / total, miou)


def miou_of(matrix: np.ndarray) -> float:
    """Return the mIoU of a confusion matrix in percent, over the classes that occur."""
    both = np.diag(matrix)
    union = matrix.sum(0) + matrix.sum(1) - both
    return float(100 * (both[union > 0] / union[union > 0]).mean()) if union.any() else float("nan")


@torch.inference_mode()
def speed_of(image: Tensor, network: Forward, exported: Forward) -> tuple[float, float]:
    """Return the median milliseconds of both for an image (1, C, H, W), called in turns."""
    size = tuple(image.shape[2:])
    metas = [{"img_shape": size, "ori_shape": size}]
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS + 1):
        for call, times in zip((network, exported), spent, strict=True):
            start = time.perf_counter()
            call(image, metas)
            times.append(1000 * (time.perf_counter() - start))
    return median(spent[0][1:]), median(spent[1][1:])
