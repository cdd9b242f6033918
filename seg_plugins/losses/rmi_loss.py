"""Region mutual information between a prediction and its label."""

from typing import Any

import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from .region import RegionLoss, Regions

__all__ = ["RIDGE", "RMILoss", "patches", "rmi_losses"]

RIDGE = 5e-4


def patches(x: Tensor, radius: int) -> Tensor:
    """Unfold r x r patches into centred vectors: (N, C, H, W) to (N, C, r r, P), float64."""
    n, c = x.shape[:2]
    unfolded = F.unfold(x, radius).view(n, c, radius * radius, -1).double()
    return unfolded - unfolded.mean(-1, keepdim=True)


def rmi_losses(probs: Tensor, target: Tensor, radius: int = 3) -> Tensor:
    """Compute a negative lower bound of the mutual information: Zhao et al., arXiv:1910.12037, eq. 13-15.

    log det(S_yy - S_yp S_pp^-1 S_yp^T + a I) / (2 d), with d = radius^2 and a = 5e-4.

    Args:
        probs: Predictions, (N, C, H, W), 0..1.
        target: Membership, (N, C, H, W), 0 or 1.
        radius: Side of the square region, pixels.

    Returns:
        (N, C), float64; not finite where a prediction is not.
    """
    y, p = patches(target, radius), patches(probs, radius)
    ridge = RIDGE * torch.eye(radius * radius, dtype=y.dtype, device=y.device)
    yp = y @ p.mT
    explained = yp @ torch.linalg.solve_ex(p @ p.mT + ridge, yp.mT).result
    rest = y @ y.mT - explained
    factor = torch.linalg.cholesky_ex((rest + rest.mT) / 2 + ridge).L
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1) / (radius * radius)


@MODELS.register_module()
class RMILoss(RegionLoss):
    """Region mutual information of the classes present in each image; the paper adds it to cross entropy.

    The loss can be negative. Ignored pixels are 0 in prediction and label.

    Args:
        radius: Side of the square region, pixels of the pooled map.
        pool: Kernel of the average pooling beforehand, pixels; images need sides of `pool * radius` or more.
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`, without `per_image`.
    """

    def __init__(self, radius: int = 3, pool: int = 4, loss_name: str = "loss_rmi", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, per_image=True, **kwargs)
        self.radius, self.pool = radius, pool

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute losses (N, C).

        Raises:
            ValueError: An image is too small for one region.
        """
        height, width = regions.probs.shape[2:]
        if min(height, width) < self.pool * self.radius:
            raise ValueError(
                f"RMILoss: images of {height} x {width} pixels are smaller than a region of pool * radius = "
                f"{self.pool} * {self.radius}: lower pool or radius, or take a larger crop_size"
            )
        probs = F.avg_pool2d(regions.probs * regions.mask, self.pool)
        target = F.avg_pool2d(regions.target * regions.mask, self.pool)
        return rmi_losses(probs, target, self.radius).to(probs.dtype)
