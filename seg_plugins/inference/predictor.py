"""A trained segmentor as a function of images."""

from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.image import rescale_size
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.models.utils import resize
from mmseg.registry import MODELS, TRANSFORMS
from mmseg.structures import SegDataSample
from PIL import Image
from torch import Tensor
from torch.nn.functional import pad

from seg_plugins.launch.checkpoint_file import load_weights
from seg_plugins.launch.config_file import read_config
from seg_plugins.launch.type_names import check_type_names
from seg_plugins.ops.finite_scores import check_finite
from seg_plugins.postprocess.prediction import Prediction as StepPrediction
from seg_plugins.segmentors.classical_segmentor import ClassicalSegmentor

from .forward import Forward, View
from .image_reading import MAX_PIXELS, as_rgb, read_image
from .maps import MAPS, Prediction, choose_labels, maps_of_band
from .windows import Band, Windows, blend_windows

__all__ = ["TTA_VIEWS", "SegPredictor"]

ImageLike = str | Path | np.ndarray | Image.Image | Tensor
TTA_VIEWS = tuple(View(scale, flip) for scale in (0.75, 1.0, 1.25) for flip in (False, True))


class SegPredictor:
    """A segmentor with its weights, called with images.

    >>> predictor = SegPredictor("config.py", "iter_1000.pth")  # doctest: +SKIP
    >>> predictor("street.jpg").labels.shape  # doctest: +SKIP
    (360, 480)

    Images are NumPy arrays (H, W, 3) RGB, paths, PIL images, tensors (3, H, W) RGB, or lists of these; what
    else is taken and how it is converted says `image_reading`. They are resized, and changed otherwise, as in
    the config's test pipeline, and go through the network at once unless `model.test_cfg` slides or `window`
    is given. The model's `postprocess=[...]` then sees the whole image and its scores, windows and views
    merged.

    Args:
        config: Config file or object.
        checkpoint: Weights; None leaves the model as it is initialised.
        device: For instance "cuda:0"; by default CUDA where there is one.
        window: (H, W) of a sliding window; None takes the config's.
        stride: (H, W) between windows; by default two thirds of the window.
        gaussian: Blend windows by a Gaussian; False is upstream's plain mean.
        batch: Windows at a time; by default 1 on a CPU, where more were slower, and 8 on a GPU.
        dtype: "float32", "bfloat16", "float16" or "auto".
        views: Test-time augmentation, for instance `TTA_VIEWS`.
        dropout_samples: Passes with dropout turned on.
        maps: Which of "confidence" and "uncertainty" to compute beside the labels.
        max_pixels: Limit of an image file's width x height.
        trusted: Let the checkpoint run code, as `trust_checkpoint=True` in the config does.

    Raises:
        FileNotFoundError: There is no such config or checkpoint.
        ValueError: The checkpoint is damaged or does not fit.
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path | None = None,
        *,
        device: str | None = None,
        window: tuple[int, int] | None = None,
        stride: tuple[int, int] | None = None,
        gaussian: bool = True,
        batch: int | None = None,
        dtype: str = "float32",
        views: Sequence[View] = (View(),),
        dropout_samples: int = 0,
        maps: Sequence[str] = MAPS,
        max_pixels: int = MAX_PIXELS,
        trusted: bool = False,
    ) -> None:
        cfg = config if isinstance(config, Config) else read_config(config)
        check_type_names(cfg, str(cfg.filename))
        self.device = usable_device(device or ("cuda:0" if torch.cuda.is_available() else "cpu"))
        trusted = trusted or cfg.get("trust_checkpoint", False)
        self.model, meta = build_model(cfg, checkpoint, self.device, trusted)
        self.classes, self.palette = class_names(meta, self.model)
        self.forward = Forward(self.model, dtype, views, dropout_samples)
        self.own_predict = not hasattr(self.model, "encode_decode")
        self.steps = () if self.own_predict else getattr(self.model, "postprocess", ())
        if self.own_predict and (window or self.forward.channels > self.forward.classes):
            raise ValueError(f"{type(self.model).__name__}: windows, TTA and dropout samples need a network")
        test_cfg = cfg.model.get("test_cfg") or {}
        if window is None and test_cfg.get("mode") == "slide" and not self.own_predict:
            window, stride = tuple(test_cfg["crop_size"]), stride or tuple(test_cfg["stride"])
        self.gaussian = gaussian
        self.batch = batch if batch is not None else (1 if self.device.type == "cpu" else 8)
        if self.batch < 1:
            raise ValueError(f"batch {self.batch}: must be at least 1 window at a time")
        self.windows = None
        if window is None and stride is not None:
            raise ValueError(f"stride {tuple(stride)}: without a window nothing slides; give the window too")
        if window is not None:
            stride = stride or tuple(max(1, n * 2 // 3) for n in window)
            self.windows = Windows(tuple(window), tuple(stride), gaussian, self.batch)
        self.max_pixels = max_pixels
        self.maps = tuple(maps)
        self.transforms = test_transforms(cfg)

    def normalise(self, image: np.ndarray) -> Tensor:
        """(H, W, 3) uint8 RGB as the network's input (3, H, W) float32, as the data preprocessor makes it."""
        preprocessor = self.model.data_preprocessor
        pixels = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)
        if not preprocessor._channel_conversion:  # trained on OpenCV's order
            pixels = pixels.flip(0)
        if preprocessor._enable_normalize:
            pixels = pixels.sub_(preprocessor.mean.cpu()).div_(preprocessor.std.cpu())
        return pixels

    def padded(self, pixels: Tensor) -> Tensor:
        """Pixels (3, H, W) filled up below and on the right, as the data preprocessor does at test time."""
        test_cfg = self.model.data_preprocessor.test_cfg or {}
        height, width = test_cfg.get("size") or pixels.shape[1:]
        divisor = test_cfg.get("size_divisor") or 1
        below = -(-max(height, pixels.shape[1]) // divisor) * divisor - pixels.shape[1]
        beside = -(-max(width, pixels.shape[2]) // divisor) * divisor - pixels.shape[2]
        return pad(pixels, (0, beside, 0, below), value=self.model.data_preprocessor.pad_val)

    def bands(self, image: np.ndarray) -> Iterator[Band]:
        """Finished scores of an image (H, W, 3) uint8 RGB, band by band."""
        size = image.shape[:2]
        if self.windows is None:
            scores = self.forward(self.padded(self.normalise(image))[None])[0]
            yield Band(scores[:, : size[0], : size[1]], 0, 0)
            return

        def read(y: int, x: int, h: int, w: int) -> Tensor:
            return self.normalise(np.asarray(image[y : y + h, x : x + w]))

        wide = (
            size[1] > size[0] and self.windows.gaussian
        )  # a plain mean adds in upstream's order, to the bit
        channels = self.forward.channels
        yield from blend_windows(read, self.forward, size, channels, self.windows, self.device, wide)

    def whole(self, bands: Iterator[Band], size: tuple[int, int]) -> Tensor:
        """The scores of all bands of an image as one tensor (C, H, W)."""
        scores = torch.empty(self.forward.channels, *size, device=self.device)
        for band in bands:
            height, width = band.scores.shape[1:]
            scores[:, band.top : band.top + height, band.left : band.left + width] = band.scores
        return scores

    def transformed(self, image: np.ndarray) -> np.ndarray:
        """An image (H, W, 3) uint8 RGB as the config's test pipeline leaves it."""
        if not self.transforms:
            return image
        size = image.shape[:2]
        results = {"img": image[..., ::-1].copy(), "img_shape": size, "ori_shape": size}
        for transform in self.transforms:
            results = for_thin_images(transform, results["img"].shape[:2])(results)
        return results["img"][..., ::-1]

    def bands_at_test_size(self, image: np.ndarray) -> Iterator[Band]:
        """Finished scores of an image, through what the config's test pipeline makes of it."""
        size, changed = image.shape[:2], self.transformed(image)
        if changed.shape[:2] == size:
            yield from self.bands(changed)
            return
        scores = self.whole(self.bands(changed), changed.shape[:2])
        nearest = isinstance(self.model, ClassicalSegmentor)
        how = (
            {"mode": "nearest"} if nearest else dict(mode="bilinear", align_corners=self.model.align_corners)
        )
        yield Band(resize(scores[None], size, **how)[0], 0, 0)

    def postprocessed(self, image: np.ndarray) -> tuple[Band, Tensor]:
        """Scores and labels (H, W) of an image after the model's post-processing steps."""
        scores = self.whole(self.bands_at_test_size(image), image.shape[:2])
        logits, variance = scores[: self.forward.classes], scores[self.forward.classes :]
        pixels = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1).to(self.device)
        if not self.model.data_preprocessor._channel_conversion:
            pixels = pixels.flip(0)
        labels = choose_labels(logits, self.forward.threshold).long()
        result = StepPrediction(logits[None], labels[None], pixels[None])
        for step in self.steps:
            result = step(result)
        return Band(torch.cat([result.logits[0], variance]), 0, 0), result.labels[0]

    def predict(self, image: ImageLike) -> Prediction:
        """Segment one image.

        Raises:
            FileNotFoundError: A path that does not exist.
            ValueError: Not an image, or the model's logits are not finite.
        """
        rgb = read_image(image, self.max_pixels) if isinstance(image, str | Path) else as_rgb(image)
        if self.own_predict:
            return self.predict_whole(rgb)
        size = rgb.shape[:2]
        result = Prediction(
            np.empty(size, np.uint8 if self.forward.classes <= 256 else np.uint16),
            *(np.empty(size, np.float32) if name in self.maps else None for name in MAPS),
            rgb, self.classes, self.palette,
        )  # fmt: skip
        targets = result.labels, result.confidence, result.uncertainty
        with torch.inference_mode():
            found = (
                [self.postprocessed(rgb)] if self.steps else ((b, None) for b in self.bands_at_test_size(rgb))
            )
            for band, labels in found:
                rows = slice(band.top, band.top + band.scores.shape[1])
                columns = slice(band.left, band.left + band.scores.shape[2])
                parts = maps_of_band(
                    band.scores, self.forward.has_variance, self.maps, self.forward.threshold, labels
                )
                for target, part in zip(targets, parts, strict=True):
                    if target is not None:
                        target[rows, columns] = part
        return result

    def predict_whole(self, rgb: np.ndarray) -> Prediction:
        """Segment (H, W, 3) uint8 RGB by the `predict` of a model that is no network."""
        inputs = self.normalise(self.transformed(rgb))[None].to(self.device)
        meta = {"img_shape": inputs.shape[2:], "ori_shape": rgb.shape[:2], "padding_size": [0] * 4}
        with torch.inference_mode():
            result = self.model.predict(inputs, [SegDataSample(metainfo=meta)])[0]
        logits, labels = result.seg_logits.data.float(), result.pred_sem_seg.data[0]
        check_finite(logits)
        _, confidence, uncertainty = maps_of_band(logits, False, self.maps, labels=labels)
        labels = labels.cpu().numpy().astype(np.uint8 if self.forward.classes <= 256 else np.uint16)
        return Prediction(labels, confidence, uncertainty, rgb, self.classes, self.palette)

    def __call__(self, images: ImageLike | Sequence[ImageLike]) -> Prediction | list[Prediction]:
        """Segment one image, or each of a list or of a batch (N, H, W, 3) or (N, 3, H, W)."""
        batch = isinstance(images, list | tuple) or getattr(images, "ndim", 0) == 4
        return [self.predict(image) for image in images] if batch else self.predict(images)


def usable_device(name: str) -> torch.device:
    """The device of that name.

    Raises:
        ValueError: There is none.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # PyTorch built without CUDA asserts
        raise ValueError(f"device {name!r} cannot be used here: {str(error).splitlines()[0]}") from None
    return device


def test_transforms(cfg: Config) -> list[Any]:
    """What the config's test pipeline does to images (BGR) between loading and packing them."""
    pipeline = cfg.get("test_dataloader", {}).get("dataset", {}).get("pipeline", [])
    return [TRANSFORMS.build(step) for step in pipeline if not str(step["type"]).startswith(("Load", "Pack"))]


def for_thin_images(step: Any, size: tuple[int, int]) -> Any:
    """A step, or where it would resize a side of `size` (H, W) to nothing, one that leaves a pixel of it."""
    if type(step).__name__ != "Resize" or step.scale is None or not step.keep_ratio:
        return step
    scaled = rescale_size(size[::-1], tuple(step.scale))
    if min(scaled) > 0:
        return step
    step = copy(step)
    step.scale, step.keep_ratio = tuple(max(1, n) for n in scaled), False
    return step


def build_model(
    cfg: Config, checkpoint: str | Path | None, device: torch.device, trusted: bool
) -> tuple[torch.nn.Module, dict]:
    """The config's segmentor with its weights, in evaluation mode, and the checkpoint's `dataset_meta`."""
    init_default_scope(cfg.get("default_scope", "mmseg"))
    model_cfg = cfg.model.copy()
    model_cfg.pop("pretrained", None)
    if "backbone" in model_cfg:
        model_cfg.backbone["init_cfg"] = None
    model = MODELS.build(model_cfg)
    meta = load_weights(model, checkpoint, trusted) if checkpoint is not None else {}
    return model.to(device).eval(), meta.get("dataset_meta") or {}


def class_names(meta: dict, model: torch.nn.Module) -> tuple[tuple[str, ...], Any]:
    """Class names and palette of a checkpoint; classes without a name get `class <id>`."""
    names = tuple(meta.get("classes") or ())
    count = max(2, getattr(model, "out_channels", None) or model.num_classes)
    return names + tuple(f"class {i}" for i in range(len(names), count)), meta.get("palette")
