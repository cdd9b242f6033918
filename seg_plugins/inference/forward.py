"""One call of a segmentor on a batch of pixels: precision, test-time augmentation, dropout, NaN."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmseg.models import BaseSegmentor
from mmseg.models.utils import resize
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

from seg_plugins.ops.finite_scores import check_finite
from seg_plugins.optim.autocast_optim_wrapper import resolve_dtype

from .folding import fold_batch_norms

__all__ = ["Forward", "View", "dropout_on", "is_convolutional", "two_class"]

MIN_SIZE = 32  # smaller inputs are padded: strided networks have no output for them


@dataclass(frozen=True)
class View:
    """One augmented look at the image: its scale, and whether it is mirrored."""

    scale: float = 1.0
    flip: bool = False


def two_class(logits: Tensor) -> Tensor:
    """(N, 1, H, W) logits of a sigmoid as (N, 2, H, W) logits of a softmax with the same probabilities."""
    return torch.cat([torch.zeros_like(logits), logits], dim=1) if logits.shape[1] == 1 else logits


def is_convolutional(model: nn.Module) -> bool:
    """Whether most of the model's parameters are weights of two-dimensional convolutions."""
    convolutions = sum(m.weight.numel() for m in model.modules() if isinstance(m, nn.Conv2d))
    return 2 * convolutions > sum(p.numel() for p in model.parameters())


def dropout_on(model: nn.Module) -> None:
    """Put the dropout layers, and no others, into training mode."""
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.train()


class Forward:
    """Scores of a batch of normalised pixels, all views and dropout samples of it averaged.

    With a single view and no samples the scores are the model's logits. Otherwise they are the logarithm of
    the mean probability, and the last channel holds the variance of the probabilities over the views or
    samples, summed over the classes (Gal and Ghahramani 2016 for dropout).

    Convolutional models run with channels last on a CPU, where that is up to twice as fast. Batch
    normalisation is folded into the convolutions before it.

    Args:
        model: In evaluation mode, on its device; its modules and their memory order are changed.
        dtype: "float32", "bfloat16", "float16" or "auto", as for `AutocastOptimWrapper`.
        views: Test-time augmentation.
        dropout_samples: Passes with dropout turned on; 0 for none.

    Attributes:
        channels: Of the scores, K or, with a variance, K + 1.
        has_variance: Whether the last channel is one.
        threshold: Of the foreground's probability where the head has one channel, else None.
    """

    def __init__(
        self,
        model: BaseSegmentor,
        dtype: str = "float32",
        views: Sequence[View] = (View(),),
        dropout_samples: int = 0,
    ) -> None:
        if dropout_samples < 0:
            raise ValueError(f"dropout samples: {dropout_samples} is below 0")
        self.model = model
        self.device = next((p.device for p in model.parameters()), torch.device("cpu"))
        self.dtype = resolve_dtype(dtype, self.device)
        fold_batch_norms(model)
        self.layout = torch.preserve_format
        if self.device.type == "cpu" and is_convolutional(model):
            self.layout = torch.channels_last
            model.to(memory_format=self.layout)
        self.views = tuple(views)
        self.samples = dropout_samples
        if dropout_samples:
            if not any(isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0 for m in model.modules()):
                raise ValueError(
                    "dropout samples: the model has no dropout layer, so all samples would be equal"
                )
            dropout_on(model)
        self.has_variance = len(self.views) > 1 or dropout_samples > 1
        self.classes = max(2, getattr(model, "out_channels", None) or model.num_classes)
        self.channels = self.classes + self.has_variance
        one_channel = getattr(model, "out_channels", None) == 1
        self.threshold: float | None = model.decode_head.threshold if one_channel else None

    def logits(self, inputs: Tensor) -> Tensor:
        """The model's logits (N, K, H, W) float32 at the size of the inputs.

        Raises:
            ValueError: The logits are NaN or infinite.
        """
        height, width = inputs.shape[2:]
        missing = (max(MIN_SIZE - width, 0), max(MIN_SIZE - height, 0))
        if any(missing):
            inputs = pad(inputs, (0, missing[0], 0, missing[1]), mode="replicate")
        if self.layout is torch.channels_last:
            inputs = inputs.contiguous(memory_format=self.layout)
        metas = [{"img_shape": inputs.shape[2:], "ori_shape": inputs.shape[2:]}] * len(inputs)
        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32),
        ):
            logits = self.model.encode_decode(inputs, metas)
        logits = two_class(logits.float())[..., :height, :width]
        check_finite(logits)
        return logits

    def probabilities(self, inputs: Tensor, view: View) -> Tensor:
        """Class probabilities (N, K, H, W) under one view."""
        size = inputs.shape[2:]
        if view.scale != 1:
            scaled = [max(1, round(n * view.scale)) for n in size]
            inputs = interpolate(inputs, scaled, mode="bilinear", align_corners=False)
        logits = self.logits(inputs.flip(3) if view.flip else inputs)
        logits = logits.flip(3) if view.flip else logits
        if logits.shape[2:] != size:
            logits = resize(logits, size=size, mode="bilinear", align_corners=self.model.align_corners)
        return logits.softmax(1)

    def __call__(self, inputs: Tensor) -> Tensor:
        """Scores (N, `channels`, H, W) float32 of normalised pixels (N, C_in, H, W).

        Raises:
            ValueError: The logits are NaN or infinite.
        """
        inputs = inputs.to(self.device, non_blocking=True)
        if len(self.views) == 1 and self.views[0] == View() and not self.samples:
            return self.logits(inputs)
        mean = square = 0
        count = len(self.views) * max(self.samples, 1)
        for view in self.views * max(self.samples, 1):
            probability = self.probabilities(inputs, view)
            mean = mean + probability / count
            square = square + probability**2 / count
        scores = mean.clamp_min(1e-12).log()
        if not self.has_variance:
            return scores
        variance = (square - mean**2).clamp_min(0).sum(1, keepdim=True)
        return torch.cat([scores, variance], dim=1)
