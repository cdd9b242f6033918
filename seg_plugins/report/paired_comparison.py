"""The comparison of two runs on the same images: the better one, on how many images, and the noise."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import wilcoxon

from seg_plugins.ops.resampling import bootstrap_sums

from .run_record import RunRecord, mean_iou

__all__ = ["PairedComparison", "compare_records"]

_TIE = 1e-9


@dataclass
class PairedComparison:
    """The comparison of run B with run A on their common images.

    Attributes:
        images: Names of the common images.
        scores: (2, images) mIoU of each image in A and B, 0..100.
        totals: mIoU of A and B over all pixels of the common images.
        interval: 95 % bootstrap interval of the difference of totals; both runs share the drawn images.
        p_value: P-value of the Wilcoxon signed-rank test on the images' differences (Wilcoxon 1945),
            two-sided.
    """

    images: list[str]
    scores: np.ndarray
    totals: tuple[float, float]
    interval: tuple[float, float]
    p_value: float

    @property
    def difference(self) -> float:
        """MIoU of B minus that of A, in points."""
        return self.totals[1] - self.totals[0]

    @property
    def better(self) -> int:
        """Number of images on which B is better."""
        return int((self.scores[1] - self.scores[0] > _TIE).sum())

    @property
    def worse(self) -> int:
        """Number of images on which B is worse."""
        return int((self.scores[0] - self.scores[1] > _TIE).sum())

    @property
    def is_noise(self) -> bool:
        """Whether another sample of images could have shown no difference: the interval contains 0."""
        low, high = self.interval
        return not (low > 0 or high < 0)

    def verdict(self, name_a: str = "A", name_b: str = "B") -> str:
        """Describe the comparison in three sentences."""
        low, high = self.interval
        winner, loser = (name_b, name_a) if self.difference >= 0 else (name_a, name_b)
        equal = len(self.images) - self.better - self.worse
        first = (
            f"No clear winner: {name_b} differs from {name_a} by {self.difference:+.2f} points of mIoU"
            if self.is_noise
            else f"{winner} is better than {loser} by {abs(self.difference):.2f} points of mIoU"
        )
        return (
            f"{first} ({name_b} minus {name_a}: 95 % interval {low:+.2f} to {high:+.2f}, bootstrap over "
            f"{len(self.images)} images). {name_b} is better on {self.better} images, worse on {self.worse}, "
            f"equal on {equal} (Wilcoxon signed-rank p = {self.p_value:.2g}). "
            + ("This may be noise." if self.is_noise else "This is more than the choice of images explains.")
        )


def compare_records(a: RunRecord, b: RunRecord, draws: int = 2000) -> PairedComparison:
    """Compare two records on their common images, matched by name.

    Args:
        a: First run.
        b: Second run.
        draws: Number of bootstrap resamplings.

    Raises:
        ValueError: If the classes differ or no image is common.
    """
    if a.classes != b.classes:
        raise ValueError(f"{a.name} and {b.name} have different classes: {a.classes} and {b.classes}")
    place = {name.lstrip("/"): i for i, name in enumerate(b.images)}  # older records lack the slash
    in_both = ((name, i, place.get(name.lstrip("/"))) for i, name in enumerate(a.images))
    common = [(name, i, j) for name, i, j in in_both if j is not None]
    scores = [mean_iou(r.areas) for r in (a, b)]
    common = [c for c in common if not np.isnan(scores[0][c[1]]) and not np.isnan(scores[1][c[2]])]
    if not common:
        raise ValueError(
            f"{a.name} and {b.name} have no image in common (first: {a.images[:1]} and {b.images[:1]}); "
            "paths are compared relative to the data root"
        )
    images, in_a, in_b = (list(v) for v in zip(*common, strict=True))
    areas = np.stack([a.areas[in_a], b.areas[in_b]], axis=1)
    drawn = mean_iou(bootstrap_sums(areas, draws))
    low, high = np.nanquantile(drawn[:, 1] - drawn[:, 0], [0.025, 0.975])
    paired = np.stack([scores[0][in_a], scores[1][in_b]])
    totals = mean_iou(areas.sum(axis=0))
    return PairedComparison(
        images, paired, (float(totals[0]), float(totals[1])), (float(low), float(high)), _p_value(paired)
    )


def _p_value(scores: np.ndarray) -> float:
    difference = scores[1] - scores[0]
    difference = difference[np.abs(difference) > _TIE]
    return float(wilcoxon(difference).pvalue) if len(difference) else 1.0
