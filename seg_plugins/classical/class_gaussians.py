"""Classification of features by Gaussians, from sums that one pass over the training set collects."""

import torch
from torch import Tensor, nn

from seg_plugins.config.tool_command import tool_command

__all__ = ["ClassGaussians"]

LEAST = -1e4  # log-probability; finite, for classes that no training image contains


class ClassGaussians(nn.Module):
    """One Gaussian per class over features, from weighted sums: quadratic discriminant analysis.

    Source: Friedman, Regularized Discriminant Analysis, JASA 84, 1989. The covariance of each class is shrunk
        towards the diagonal of the covariance of all data. The sums are buffers, so they are saved, loaded
        and added across processes.

    Args:
        classes: Number of classes K.
        features: Number of features F.
        shrinkage: In 0..1; 1 uses the diagonal alone.
        prior_weight: Exponent of the class frequencies; 1 is Bayes' rule, 0 treats all classes as equally
            frequent.
    """

    def __init__(
        self, classes: int, features: int, shrinkage: float = 0.05, prior_weight: float = 0.5
    ) -> None:
        super().__init__()
        self.shrinkage = shrinkage
        self.prior_weight = prior_weight
        self.register_buffer("weight", torch.zeros(classes, dtype=torch.float64))
        self.register_buffer("first", torch.zeros(classes, features, dtype=torch.float64))
        self.register_buffer("second", torch.zeros(classes, features, features, dtype=torch.float64))

    @property
    def is_fitted(self) -> bool:
        """Whether statistics were added or loaded."""
        return bool(self.weight.sum() > 0)

    def add(self, features: Tensor, weights: Tensor) -> None:
        """Add observations.

        Args:
            features: (R, F) float64.
            weights: (R, K) float64, the share of each observation that belongs to each class.
        """
        self.weight += weights.sum(0)
        self.first += weights.T @ features
        self.second += torch.einsum("rk,rf,rg->kfg", weights, features, features)

    def _moments(self) -> tuple[Tensor, Tensor]:
        """Compute means (K, F) and covariances (K, F, F)."""
        weight = self.weight.clamp_min(1e-12)
        mean = self.first / weight[:, None]
        covariance = self.second / weight[:, None, None] - mean[:, :, None] * mean[:, None]
        total = self.weight.sum()
        grand = self.first.sum(0) / total
        spread = (self.second.sum(0) / total).diagonal() - grand**2
        target = torch.diag(spread.clamp_min(0) + 1e-6)
        return mean, (1 - self.shrinkage) * covariance + self.shrinkage * target

    def forward(self, features: Tensor) -> Tensor:
        """Compute log-probabilities.

        Args:
            features: (R, F) float64.

        Returns:
            (R, K) float64.

        Raises:
            ValueError: Nothing was added or loaded.
        """
        if not self.is_fitted:
            raise ValueError(
                f"the classifier has no statistics: run `{tool_command('train', 'CONFIG')}` first, with "
                "this config, and pass the checkpoint that it writes"
            )
        mean, covariance = self._moments()
        root = torch.linalg.cholesky(covariance)
        offset = torch.linalg.solve_triangular(root, (features[None] - mean[:, None]).mT, upper=False)
        log_density = -0.5 * offset.square().sum(1) - root.diagonal(dim1=1, dim2=2).log().sum(1)[:, None]
        prior = self.prior_weight * (self.weight / self.weight.sum()).clamp_min(1e-12).log()
        scores = log_density + prior[:, None]
        scores[self.weight <= 0] = -torch.inf
        return scores.T.log_softmax(1).clamp_min(LEAST)
