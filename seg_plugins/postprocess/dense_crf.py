"""Fully connected CRF as a post-processing step."""

from mmseg.registry import MODELS
from torch import Tensor

from .crf import FILTERS, dense_crf
from .prediction import BatchPrediction, PostprocessStep

__all__ = ["DenseCRF"]


@MODELS.register_module()
class DenseCRF(PostprocessStep):
    """Sharpen boundaries by mean-field inference in a fully connected CRF; see `crf.dense_crf`.

    The resulting logits are log-probabilities.

    Args:
        iterations: Number of mean-field updates.
        gaussian_weight: Weight of the smoothness kernel; 0 omits it.
        gaussian_std: Its standard deviation in pixels.
        bilateral_weight: Weight of the appearance kernel; 0 omits it.
        position_std: Its standard deviation over positions, in pixels.
        colour_std: Its standard deviation over intensities, in grey levels.
        filter: `permutohedral` or `exact`.

    Raises:
        ValueError: The filter is unknown, or a standard deviation is not positive.
    """

    def __init__(
        self,
        iterations: int = 10,
        gaussian_weight: float = 3.0,
        gaussian_std: float = 3.0,
        bilateral_weight: float = 10.0,
        position_std: float = 80.0,
        colour_std: float = 13.0,
        filter: str = "permutohedral",
    ) -> None:
        super().__init__()
        if filter not in FILTERS:
            raise ValueError(f"DenseCRF(filter={filter!r}): use one of {', '.join(FILTERS)}")
        if not min(gaussian_std, position_std, colour_std) > 0:
            raise ValueError(
                f"DenseCRF(gaussian_std={gaussian_std}, position_std={position_std}, colour_std={colour_std})"
                ": use numbers above 0; a weight of 0 omits a kernel"
            )
        self.settings = dict(
            iterations=iterations,
            gaussian_weight=gaussian_weight,
            gaussian_std=gaussian_std,
            bilateral_weight=bilateral_weight,
            position_std=position_std,
            colour_std=colour_std,
            filter=filter,
        )

    def refine(self, logits: Tensor, image: Tensor) -> Tensor:
        """Compute log-probabilities (N, K, H, W) float32 with the CRF."""
        return dense_crf(logits, image, **self.settings).clamp_min(1e-10).log()

    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Replace the scores and derive new labels."""
        return prediction.with_logits(self.refine(prediction.logits, prediction.image))
