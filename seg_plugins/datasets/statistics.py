"""Figures of a data set that a training needs: class weights, mean and spread of the channels."""

import numpy as np

__all__ = ["ChannelSums", "median_frequency_weights"]

LIMITS = (0.1, 10.0)


def median_frequency_weights(pixels: np.ndarray) -> np.ndarray:
    """Weighs classes by the median frequency over their own, as Eigen and Fergus, ICCV 2015, section 6.3.2.

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
    weights[occurs] = np.median(frequency[occurs]) / frequency[occurs]
    return np.clip(weights, *LIMITS)


class ChannelSums:
    """Collects mean and standard deviation per channel over images of any size.

    Args:
        channels: Number of channels.
    """

    def __init__(self, channels: int) -> None:
        self.count, self.total, self.squares = 0, np.zeros(channels), np.zeros(channels)

    def add(self, image: np.ndarray) -> None:
        """Adds an image (H, W, C)."""
        flat = image.reshape(-1, image.shape[-1]).astype(np.float64)
        self.count += len(flat)
        self.total += flat.sum(axis=0)
        self.squares += (flat**2).sum(axis=0)

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns mean and standard deviation, each (C,)."""
        mean = self.total / max(self.count, 1)
        variance = np.maximum(self.squares / max(self.count, 1) - mean**2, 0)
        return mean, np.maximum(np.sqrt(variance), 1e-6)
