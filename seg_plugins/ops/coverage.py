"""Accuracy of the most confident pixels, for every share of pixels kept."""

from collections.abc import Sequence

import numpy as np

__all__ = ["COVERAGE_BINS", "coverage_curve", "coverage_scores"]

COVERAGE_BINS = 1000  # of confidence in 0..1


def coverage_curve(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute coverage and accuracy at each threshold, the lower end of a confidence bin.

    Args:
        table: (3, B) of `calibration_bins`: pixels, sum of confidences and right pixels per bin, least
            confident first.

    Returns:
        Coverage (B,) in 0..1 and accuracy (B,) of the pixels covered, nan where there are none, both from the
        lowest threshold to the highest.
    """
    pixels, right = (np.cumsum(row[::-1])[::-1] for row in (table[0], table[2]))
    with np.errstate(invalid="ignore", divide="ignore"):
        return pixels / pixels[0], right / pixels


def coverage_scores(table: np.ndarray, coverages: Sequence[float] = (90, 80)) -> dict[str, float]:
    """Compute the accuracy at given coverages and the area under the risk-coverage curve (AURC).

    Source of AURC: Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017.

    Pixels of one bin count as if in random order. The accuracy at coverage c is therefore off by at most
    p / (4 c), where p is the share of all pixels in the bin of c. AURC lies between the values for the best
    and the worst order within the bins.

    Args:
        table: (3, B) as for `coverage_curve`.
        coverages: Shares of pixels kept, in per cent.

    Returns:
        `acc@C` for each C of `coverages`, and `AURC`, the mean over all coverages of the share of wrong
        pixels among those kept. All are in 0..1. Empty without pixels.

    Example:
        >>> table = np.array([[10.0, 90.0], [0, 0], [5.0, 90.0]])  # the most confident 90 % are all right
        >>> {k: round(v, 3) for k, v in coverage_scores(table, (100, 90)).items()}
        {'acc@100': 0.95, 'acc@90': 1.0, 'AURC': 0.003}
    """
    filled = table[0] > 0
    if not filled.any():
        return {}
    pixels, right = (np.cumsum(table[row, filled][::-1]) for row in (0, 2))
    coverage, risk = pixels / pixels[-1], 1 - right / pixels
    kept = np.array(coverages) / 100 * pixels[-1]
    accuracy = np.interp(kept, np.append(0, pixels), np.append(0, right)) / kept
    before = np.append(risk[0], risk[:-1])
    area = (np.diff(coverage, prepend=0) * (before + risk) / 2).sum()
    return {f"acc@{c}": float(a) for c, a in zip(coverages, accuracy, strict=True)} | {"AURC": float(area)}
