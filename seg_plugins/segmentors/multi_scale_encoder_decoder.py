"""One network applied at several scales of the image, fused by the maximum."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import torch
from mmseg.models.segmentors.encoder_decoder import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from mmseg.utils import add_prefix
from torch import Tensor, sym_min
from torch.nn import functional as F

from .postprocess_mixin import PostprocessMixin

__all__ = ["MultiScaleEncoderDecoder", "fuse_by_maximum"]


def fuse_by_maximum(logits: Sequence[Tensor]) -> Tensor:
    """Take the elementwise maximum of logits of one size, each float (N, K, h, w).

    >>> fuse_by_maximum([torch.tensor([1.0, 5.0]), torch.tensor([2.0, 3.0])])
    tensor([2., 5.])
    """
    return torch.stack(tuple(logits)).amax(dim=0)


def scaled_side(side: int, scale: float) -> int:
    """Return `round(side * scale)` by integers, which an exported graph can hold.

    >>> all(scaled_side(n, s) == round(n * s) for n in range(1, 500) for s in (0.5, 0.75, 1.25, 1.5, 0.375))
    True
    """
    factor = Fraction(scale).limit_denominator(1000)
    twice, double = 2 * side * factor.numerator + factor.denominator, 2 * factor.denominator
    rounded, rest = twice // double, twice % double
    tie = 1 - sym_min(rest, 1)  # halves go to the even neighbour
    return rounded - tie * (rounded % 2)


@MODELS.register_module()
class MultiScaleEncoderDecoder(PostprocessMixin, EncoderDecoder):
    """`EncoderDecoder` run at several scales with shared weights; the score of a class is its maximum.

    Chen et al., DeepLab, TPAMI 2017, section 4.2.1 ("MSC"): scales 0.5, 0.75 and 1, fused by the maximum in
    training and testing. The fused map and the map of every scale each have a loss. An auxiliary head is not
    used.

    Args:
        scales: Factors of the image size; the largest sets the size of the logits.
        kwargs: Arguments of `EncoderDecoder`, and `postprocess=[...]`.

    Raises:
        ValueError: `scales` is empty or holds a factor that is not positive.
    """

    def __init__(self, scales: Sequence[float] = (0.5, 0.75, 1.0), **kwargs: Any) -> None:
        if not scales or min(scales) <= 0:
            raise ValueError(f"MultiScaleEncoderDecoder: scales={scales}; give one or more positive factors")
        super().__init__(**kwargs)
        self.scales = tuple(scales)

    def logits_per_scale(self, inputs: Tensor) -> list[Tensor]:
        """Compute the logits of every scale, at the size of the largest scale's.

        Args:
            inputs: Images, float (N, C, H, W).

        Returns:
            Logits, float (N, K, h, w), in the order of `scales`.
        """
        logits = []
        for scale in self.scales:
            image = inputs
            if scale != 1:
                size = [max(1, scaled_side(side, scale)) for side in inputs.shape[2:]]
                image = F.interpolate(inputs, size, mode="bilinear", align_corners=self.align_corners)
            logits.append(self.decode_head(self.extract_feat(image)))
        largest = logits[self.scales.index(max(self.scales))].shape[2:]
        return [F.interpolate(x, largest, mode="bilinear", align_corners=self.align_corners) for x in logits]

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Compute fused logits at the size of the input, float (N, K, H, W)."""
        return self.decode_head.predict_by_feat(
            fuse_by_maximum(self.logits_per_scale(inputs)), batch_img_metas
        )

    def loss(self, inputs: Tensor, data_samples: list[SegDataSample]) -> dict[str, Tensor]:
        """Compute the losses of the fused map (`decode`) and of every scale (`scale_0.5`, ...)."""
        logits = self.logits_per_scale(inputs)
        losses = add_prefix(self.decode_head.loss_by_feat(fuse_by_maximum(logits), data_samples), "decode")
        for scale, own in zip(self.scales, logits, strict=True):
            own_losses = self.decode_head.loss_by_feat(own, data_samples)
            own_losses.pop("acc_seg")
            losses.update(add_prefix(own_losses, f"scale_{scale}"))
        return losses

    def _forward(self, inputs: Tensor, data_samples: list[SegDataSample] | None = None) -> Tensor:
        return fuse_by_maximum(self.logits_per_scale(inputs))
