"""CutMix: a rectangle of another image, pasted into each image."""

import math
from collections.abc import Sequence

import torch
from mmseg.registry import MODELS
from torch import Tensor

__all__ = ["CutMix"]


@MODELS.register_module()
class CutMix:
    """Pastes one rectangle of another image into each image.

    Sources: Yun et al., "CutMix", ICCV 2019; French et al., "Semi-supervised semantic segmentation needs
    strong, varied perturbations", BMVC 2020. Draws from torch's generator of the CPU, which a step seeds.

    Args:
        prob: Probability that an image receives a rectangle, in 0..1.
        area: Smallest and largest fraction of the image, in 0..1.
        aspect: Smallest and largest ratio of width to height, drawn uniformly in its logarithm.
    """

    def __init__(
        self,
        prob: float = 0.5,
        area: Sequence[float] = (0.02, 0.4),
        aspect: Sequence[float] = (1 / 3, 3.0),
    ) -> None:
        self.prob, self.area, self.aspect = prob, tuple(area), tuple(aspect)

    def mask(self, other_labels: Tensor) -> Tensor:
        """Draw the rectangles of the other images.

        Args:
            other_labels: (N, H, W) int64; only its shape matters.

        Returns:
            (N, H, W) bool, True in the rectangles.
        """
        height, width = other_labels.shape[1:]
        mask = torch.zeros(other_labels.shape, dtype=torch.bool)
        for one in mask:
            draws = torch.rand(5).tolist()
            if draws[0] >= self.prob:
                continue
            area = (self.area[0] + (self.area[1] - self.area[0]) * draws[1]) * height * width
            low, high = (math.log(value) for value in self.aspect)
            aspect = math.exp(low + (high - low) * draws[2])
            box_width = min(width, max(1, round(math.sqrt(area * aspect))))
            box_height = min(height, max(1, round(area / box_width)))
            top = int(draws[3] * (height - box_height + 1))
            left = int(draws[4] * (width - box_width + 1))
            one[top : top + box_height, left : left + box_width] = True
        return mask.to(other_labels.device)
