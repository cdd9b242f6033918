"""One call of a segmentor on a batch of pixels: precision, dropout samples, NaN."""

import torch
from mmseg.models import BaseSegmentor
from torch import Tensor, nn
from torch.nn.functional import pad

from seg_plugins.models import engine_of
from seg_plugins.ops.finite_scores import check_finite
from seg_plugins.ops.two_classes import two_class_logits
from seg_plugins.optim.autocast_optim_wrapper import resolve_dtype

from .folding import fold_batch_norms

__all__ = ["Forward", "dropout_on", "is_convolutional"]

MIN_SIZE = 32  # smaller inputs are padded if a strided network has no output for them


def is_convolutional(model: nn.Module) -> bool:
    """Test whether most of the model's parameters are weights of two-dimensional convolutions."""
    convolutions = sum(m.weight.numel() for m in model.modules() if isinstance(m, nn.Conv2d))
    return 2 * convolutions > sum(p.numel() for p in model.parameters())


def dropout_on(model: nn.Module) -> None:
    """Put the dropout layers, and no others, into training mode."""
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.train()


class Forward:
    """Computes scores of a batch of normalised pixels, averaged over its dropout samples.

    Without samples, the scores are the model's logits. With samples, they are the logarithm of the mean
    probability, and the last channel holds the variance of the probabilities over the samples, summed over
    the classes (Gal and Ghahramani 2016).

    In float32, the network computes exactly what it computes in a test. In other precisions, batch
    normalisation is folded into the preceding convolutions. Convolutional models then run with channels last
    on a CPU, which is up to twice as fast.

    Args:
        model: Model in evaluation mode, on its device; its modules and their memory order are changed.
        dtype: "float32", "bfloat16", "float16" or "auto", as for `AutocastOptimWrapper`.
        dropout_samples: Number of passes with dropout; 0 for none.

    Attributes:
        channels: Number of channels of the scores: K or, with a variance, K + 1.
        has_variance: Whether the last channel is a variance.
        threshold: Threshold of the foreground's probability if the head has one channel, otherwise None.
    """

    def __init__(
        self,
        model: BaseSegmentor,
        dtype: str = "float32",
        dropout_samples: int = 0,
    ) -> None:
        if dropout_samples < 0:
            raise ValueError(f"dropout samples: {dropout_samples} is below 0")
        if engine_of(model) is not None and (dtype not in ("float32", "auto") or dropout_samples):
            raise ValueError(
                "an exported file computes in float32 and without dropout: leave out dtype and dropout "
                "samples, or give the checkpoint"
            )
        self.model = model
        dtype = "float32" if engine_of(model) is not None else dtype
        self.device = next((p.device for p in model.parameters()), torch.device("cpu"))
        self.dtype = resolve_dtype(dtype, self.device)
        self.layout, exact = torch.preserve_format, self.dtype == torch.float32
        if not exact:
            fold_batch_norms(model)
        if not exact and self.device.type == "cpu" and is_convolutional(model):
            self.layout = torch.channels_last
            model.to(memory_format=self.layout)
        self.samples = dropout_samples
        if dropout_samples:
            if not any(isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0 for m in model.modules()):
                raise ValueError(
                    "dropout samples: the model has no dropout layer, so all samples would be equal"
                )
            dropout_on(model)
        self.has_variance = dropout_samples > 1
        self.classes = max(2, getattr(model, "out_channels", None) or model.num_classes)
        self.channels = self.classes + self.has_variance
        one_channel = getattr(model, "out_channels", None) == 1
        self.threshold: float | None = model.decode_head.threshold if one_channel else None

    def logits(self, inputs: Tensor) -> Tensor:
        """Compute the model's logits (N, K, H, W) float32 at the size of the inputs.

        Raises:
            ValueError: The logits are NaN or infinite.
        """
        height, width = inputs.shape[2:]
        missing = (max(MIN_SIZE - width, 0), max(MIN_SIZE - height, 0))
        try:
            logits = self.encode_decode(inputs)
        except (RuntimeError, ValueError, ZeroDivisionError):
            if not any(missing):
                raise
            logits = self.encode_decode(pad(inputs, (0, missing[0], 0, missing[1]), mode="replicate"))
        logits = two_class_logits(logits.float())[..., :height, :width]
        check_finite(logits)
        return logits

    def encode_decode(self, inputs: Tensor) -> Tensor:
        """Compute the model's output for a batch, in the chosen memory order and precision."""
        if self.layout is torch.channels_last:
            inputs = inputs.contiguous(memory_format=self.layout)
        metas = [{"img_shape": inputs.shape[2:], "ori_shape": inputs.shape[2:]}] * len(inputs)
        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32),
        ):
            return self.model.encode_decode(inputs, metas)

    def __call__(self, inputs: Tensor) -> Tensor:
        """Compute scores (N, `channels`, H, W) float32 of normalised pixels (N, C_in, H, W).

        Raises:
            ValueError: The logits are NaN or infinite.
        """
        inputs = inputs.to(self.device, non_blocking=True)
        if not self.samples:
            return self.logits(inputs)
        mean = square = 0
        for _ in range(self.samples):
            probability = self.logits(inputs).softmax(1)
            mean = mean + probability / self.samples
            square = square + probability**2 / self.samples
        scores = mean.clamp_min(1e-12).log()
        if not self.has_variance:
            return scores
        variance = (square - mean**2).clamp_min(0).sum(1, keepdim=True)
        return torch.cat([scores, variance], dim=1)
