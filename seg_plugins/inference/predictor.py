"""A trained segmentor as a function of images: reading, windows, post-processing, maps."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from seg_plugins.files.label_maps import label_type
from seg_plugins.files.tiff_tags import is_tiff
from seg_plugins.models import ImageLike, InputImage, load_model, tta_settings
from seg_plugins.ops.best_class import best_class
from seg_plugins.ops.finite_scores import check_finite
from seg_plugins.ops.two_classes import two_class_scores
from seg_plugins.segmentors.postprocess_tta_model import distance_from_original

from .forward import Forward
from .image_reading import MAX_PIXELS, check_size, head_size
from .maps import MAPS, Prediction, blank, choose_labels, maps_of_band
from .view_scores import View, image_bands, merge_views, whole_scores
from .windows import Band, Windows

__all__ = ["SegPredictor"]


class SegPredictor:
    """A segmentor with its weights, called with images.

    >>> predictor = SegPredictor("config.py", "iter_1000.pth")  # doctest: +SKIP
    >>> predictor("street.jpg").labels.shape  # doctest: +SKIP
    (360, 480)

    Images are paths, NumPy arrays (H, W) or (H, W, C), PIL images, tensors (H, W) or (C, H, W), or lists of
    these. Three channels are in RGB order; others are in the order of a file. All reach the network as files
    do in a test: by the config's loading transform, its test pipeline and its data preprocessor. The network
    processes each image at once unless `model.test_cfg` slides or `window` is given. The model's
    `postprocess=[...]` then processes the whole image and its scores, with windows and views merged.

    Args:
        config: Config file or object.
        checkpoint: Weights; None keeps the initial weights of the model.
        device: Such as "cuda:0"; by default CUDA if available.
        window: (H, W) of a sliding window; None stands for the config's.
        stride: (H, W) between windows; by default two thirds of the window.
        gaussian: Blend windows by a Gaussian; False is upstream's plain mean. None uses a Gaussian for a
            given `window`, and the mean for the config's own windows, as in a test.
        batch: Windows at a time; by default 1 on a CPU, which was fastest, and 8 on a GPU.
        dtype: "float32", "bfloat16", "float16" or "auto".
        tta: Test-time augmentation by the config's `tta_pipeline` and `tta_model`.
        dropout_samples: Number of passes with dropout.
        maps: Maps to compute beside the labels: "confidence", "uncertainty" or both.
        max_pixels: Limit of an image file's width x height.
        trusted: Allow the checkpoint to run code, like `trust_checkpoint=True` in the config.

    Raises:
        FileNotFoundError: The config or checkpoint does not exist.
        ValueError: The checkpoint is damaged or does not fit, or options contradict each other.
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path | None = None,
        *,
        device: str | None = None,
        window: tuple[int, int] | None = None,
        stride: tuple[int, int] | None = None,
        gaussian: bool | None = None,
        batch: int | None = None,
        dtype: str = "float32",
        tta: bool = False,
        dropout_samples: int = 0,
        maps: Sequence[str] = MAPS,
        max_pixels: int = MAX_PIXELS,
        trusted: bool = False,
    ) -> None:
        self.loaded = load_model(config, checkpoint, device=device, trusted=trusted, tta=tta)
        self.model, self.device = self.loaded.network, self.loaded.device
        self.classes, self.palette = self.loaded.classes, self.loaded.palette
        self.forward = Forward(self.model, dtype, dropout_samples)
        self.tester = self.model
        if tta:
            self.tester = MODELS.build({**tta_settings(self.loaded.config)[1], "module": self.model})
        self.own_predict = not self.loaded.gives_scores or (
            tta and not getattr(self.tester, "merges_mean_probability", False)
        )
        if self.own_predict and (window or dropout_samples):
            name = type(self.tester).__name__
            raise ValueError(f"{name} has its own way to predict: windows and dropout samples need a network")
        self.gaussian = gaussian
        self.batch = batch if batch is not None else (1 if self.device.type == "cpu" else 8)
        if self.batch < 1:
            raise ValueError(f"batch {self.batch}: must be at least 1 window at a time")
        self.windows = self.chosen_windows(window, stride)
        self.max_pixels = max_pixels
        self.maps = tuple(maps)

    def chosen_windows(
        self, window: tuple[int, int] | None, stride: tuple[int, int] | None
    ) -> Windows | None:
        """Return the requested windows, otherwise the config's, otherwise None."""
        gaussian = True if self.gaussian is None else self.gaussian
        test_cfg = self.loaded.config.model.get("test_cfg") or {}
        if window is None and test_cfg.get("mode") == "slide" and not self.own_predict:
            window, stride = tuple(test_cfg["crop_size"]), stride or tuple(test_cfg["stride"])
            gaussian = bool(self.gaussian)
        if window is None:
            if stride is not None:
                raise ValueError(
                    f"stride {tuple(stride)}: nothing slides without a window; set the window too"
                )
            return None
        stride = stride or tuple(max(1, n * 2 // 3) for n in window)
        return Windows(tuple(window), tuple(stride), gaussian, self.batch)

    @property
    def steps(self) -> Sequence[nn.Module]:
        """Post-processing steps of the model."""
        return () if self.own_predict else getattr(self.model, "postprocess", ())

    def read(self, image: ImageLike) -> InputImage:
        """Load an image by the config's loading transform; the size of a file is checked before its pixels.

        Raises:
            FileNotFoundError: The path does not exist.
            ValueError: The file is not an image, is above the limit, or has channels that the network does
                not accept.
        """
        if isinstance(image, str | Path) and Path(image).is_file():
            with open(image, "rb") as file:
                parts = is_tiff(file.read(4))
            check_size(head_size(Path(image)), str(image), self.max_pixels, parts)
        return self.loaded.read(image)

    def read_bytes(self, data: bytes, name: str) -> InputImage:
        """Load the content of an image file as `read` loads the file, without a limit of its size."""
        return self.loaded.read_bytes(data, name)

    def scored(self, views: Sequence[View]) -> Iterator[tuple[Band, Tensor | None]]:
        """Yield finished scores of an image by bands, and labels if they do not follow from the scores."""
        forward, model = self.forward, self.loaded
        if len(views) == 1 and not self.steps:
            yield from ((band, None) for band in image_bands(model, forward, views[0], self.windows))
            return
        view = min(views, key=lambda view: distance_from_original(view[1])) if len(views) > 1 else views[0]
        if len(views) > 1:
            mean, variance = merge_views(model, forward, views, self.windows)
            threshold = forward.threshold
            labels = best_class(mean) if threshold is None else (mean[1] > threshold).to(torch.uint8)
            logits, variance = mean.clamp_min_(1e-12).log_(), variance[None]
        else:
            bands = image_bands(model, forward, view, self.windows)
            scores = whole_scores(bands, forward.channels, view[1].metainfo["ori_shape"][:2])
            logits, variance = scores[: forward.classes], scores[forward.classes :]
            labels = choose_labels(logits, forward.threshold)
        if self.steps:
            logits, labels = self.stepped(logits, labels, view)
        yield Band(torch.cat([logits, variance]) if len(variance) else logits, 0, 0), labels

    def stepped(self, logits: Tensor, labels: Tensor, view: View) -> tuple[Tensor, Tensor]:
        """Apply the model's post-processing steps to scores (K, H, W) and labels (H, W) of a view."""
        pixels, sample = view
        inputs = self.loaded.preprocessing.whole(pixels, sample)
        one_channel = self.forward.threshold is not None  # upstream keeps the probability
        raw = (logits[1:] - logits[:1]).sigmoid() if one_channel else logits
        sample.seg_logits = PixelData(data=raw)
        sample.pred_sem_seg = PixelData(data=labels[None].long())
        (done,) = self.model.run_postprocess([inputs[0]], [sample])
        return done.seg_logits.data, done.pred_sem_seg.data[0]

    def tested(self, views: Sequence[View]) -> tuple[Band, Tensor]:
        """Compute scores and labels by the model's own `test_step`."""
        inputs, samples = (list(column) for column in zip(*views, strict=True))
        if not self.loaded.pipeline.has_views:
            inputs, samples = inputs[0], samples[0]
        data = pseudo_collate([{"inputs": inputs, "data_samples": samples}])
        result: SegDataSample = self.tester.test_step(data)[0]
        labels = result.pred_sem_seg.data[0].long()
        if "seg_logits" not in result:
            raise ValueError(f"{type(self.tester).__name__} returns no seg_logits to compute confidence from")
        logits = result.seg_logits.data.float()
        check_finite(logits)
        return Band(two_class_scores(logits), 0, 0), labels

    def predict(self, image: ImageLike | InputImage, valid: np.ndarray | None = None) -> Prediction:
        """Segment one image.

        Args:
            image: An image that `read` accepts or has returned.
            valid: (H, W) bool, True for pixels with data, in addition to the image's own mask; None for all.

        Raises:
            FileNotFoundError: The path does not exist.
            ValueError: The file is not an image, or the model's logits are not finite.
        """
        image = image if isinstance(image, InputImage) else self.read(image)
        size, count = image.size, len(self.classes)
        own = image.valid()
        if own is not None:
            valid = own if valid is None else valid & own
        result = Prediction(
            np.empty(size, label_type(self.forward.classes)),
            *(np.empty(size, np.float32) if name in self.maps else None for name in MAPS),
            image.shown(), self.classes, self.palette, valid,
        )  # fmt: skip
        targets = result.labels, result.confidence, result.uncertainty
        threshold = self.forward.threshold
        with torch.inference_mode():
            views = self.loaded.pipeline.views(image)
            varies = self.forward.has_variance or (len(views) > 1 and not self.own_predict)
            for band, labels in [self.tested(views)] if self.own_predict else self.scored(views):
                rows = slice(band.top, band.top + band.scores.shape[1])
                columns = slice(band.left, band.left + band.scores.shape[2])
                parts = maps_of_band(band.scores, varies, self.maps, threshold, labels)
                for target, part in zip(targets, parts, strict=True):
                    if target is not None:
                        target[rows, columns] = part
        blank(targets, valid, count)
        return result

    def __call__(self, images: ImageLike | InputImage | Sequence[ImageLike]) -> Prediction | list[Prediction]:
        """Segment one image, or each image of a list or of a batch (N, H, W, C) or (N, C, H, W)."""
        batch = isinstance(images, list | tuple) or getattr(images, "ndim", 0) == 4
        return [self.predict(image) for image in images] if batch else self.predict(images)
