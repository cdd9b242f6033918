"""Statistics of a data set for training: class weights, mean and standard deviation of the channels."""

import numpy as np

__all__ = ["ChannelSums", "median_frequency_weights"]

LIMITS = (0.1, 10.0)
AT_ONCE = 1 << 21  # values


def median_frequency_weights(pixels: np.ndarray) -> np.ndarray:
    """Weight classes by median frequency over own frequency (Eigen and Fergus, ICCV 2015, section 6.3.2).

    The frequency of a class is its share of the pixels of those images that hold it.

    Args:
        pixels: (N, K) pixels of every class in every image.

    Returns:
        (K,) float, limited to 0.1..10; 1 for a class that never occurs.

    >>> median_frequency_weights(np.array([[75, 25], [100, 0]])).round(2).tolist()
    [0.64, 2.25]
    """
    present = pixels > 0
    area = (present * pixels.sum(axis=1, keepdims=True)).sum(axis=0)
    frequency = pixels.sum(axis=0) / np.maximum(area, 1)
    occurs = frequency > 0
    weights = np.ones(pixels.shape[1])
    if occurs.any():
        weights[occurs] = np.median(frequency[occurs]) / frequency[occurs]
    return np.clip(weights, *LIMITS)


class ChannelSums:
    """Collects mean and standard deviation per channel over images of any size.

    Args:
        channels: Number of channels.
    """

    def __init__(self, channels: int) -> None:
        self.count, self.total, self.squares = (np.zeros(channels) for _ in range(3))

    def add(self, image: np.ndarray, missing: np.ndarray | None = None) -> None:
        """Add an image (H, W, C), except for its missing values, bool (H, W, C)."""
        rows = max(1, AT_ONCE // max(1, image[0].size))
        for start in range(0, len(image), rows):
            part = image[start : start + rows].astype(np.float64)
            there = None if missing is None else ~missing[start : start + rows]
            part = part if there is None else np.where(there, part, 0.0)
            self.count += part.shape[0] * part.shape[1] if there is None else there.sum(axis=(0, 1))
            self.total += part.sum(axis=(0, 1))
            self.squares += np.square(part).sum(axis=(0, 1))

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation, each (C,)."""
        count = np.maximum(self.count, 1)
        mean = self.total / count
        variance = np.maximum(self.squares / count - mean**2, 0)
        return mean, np.maximum(np.sqrt(variance), 1e-6)
