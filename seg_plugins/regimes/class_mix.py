"""ClassMix: whole classes of another image, pasted into each image."""

import torch
from mmseg.registry import MODELS
from torch import Tensor

__all__ = ["ClassMix"]


@MODELS.register_module()
class ClassMix:
    """Pastes the pixels of some classes of another image into each image.

    Sources: Olsson et al., "ClassMix", WACV 2021; Tranheden et al., "DACS", WACV 2021. Draws from torch's
    generator of the CPU, which a step seeds, and does not wait for the device.

    Args:
        num_classes: K.
        share: Fraction of the other image's classes that are pasted, in 0..1, rounded up.
    """

    def __init__(self, num_classes: int, share: float = 0.5) -> None:
        self.num_classes, self.share = num_classes, share

    def mask(self, other_labels: Tensor) -> Tensor:
        """Draw classes of the other images, and return their pixels.

        Args:
            other_labels: (N, H, W) int64, in 0..K-1; other values belong to no class.

        Returns:
            (N, H, W) bool, True for pixels of the drawn classes.
        """
        count = len(other_labels)
        known = (other_labels >= 0) & (other_labels < self.num_classes)
        labels = torch.where(known, other_labels, self.num_classes)
        pixels = torch.zeros(count, self.num_classes + 1, device=labels.device)
        pixels.scatter_add_(1, labels.flatten(1), torch.ones_like(labels.flatten(1), dtype=pixels.dtype))
        present = pixels[:, :-1] > 0
        draws = torch.rand(count, self.num_classes).to(labels.device).masked_fill(~present, -1)
        wanted = (present.sum(1, keepdim=True) * self.share).ceil()
        rank = draws.argsort(1, descending=True).argsort(1)
        chosen = torch.cat([(rank < wanted) & present, present.new_zeros(count, 1)], 1)
        return chosen.gather(1, labels.flatten(1)).view_as(labels)
