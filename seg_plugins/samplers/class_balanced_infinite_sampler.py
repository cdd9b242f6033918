"""An endless sampler that shows every class equally often."""

from typing import Any

import numpy as np
import torch
from mmseg.registry import DATA_SAMPLERS

from seg_plugins.datasets.class_pixels import class_pixels
from seg_plugins.ops.sample_key import derive_seed

from .exact_infinite_sampler import ExactInfiniteSampler

__all__ = ["ClassBalancedInfiniteSampler", "image_weights"]


def image_weights(pixels: np.ndarray) -> np.ndarray:
    """Compute the probability of each image if first a class and then an image with it is drawn.

    Args:
        pixels: (N, K) pixels of every class in every image.

    Returns:
        (N,) float64 with sum 1; 0 for an image without any class.

    Raises:
        ValueError: If no image has a class.

    >>> image_weights(np.array([[5, 0], [5, 0], [5, 1]])).round(3).tolist()
    [0.167, 0.167, 0.667]
    """
    present = pixels > 0
    images = present.sum(axis=0)
    if not images.any():
        raise ValueError("no image has a pixel of any class: nothing can be balanced")
    share = present[:, images > 0] / images[images > 0]
    return share.mean(axis=1)


@DATA_SAMPLERS.register_module()
class ClassBalancedInfiniteSampler(ExactInfiniteSampler):
    """Endless passes; each position draws a class uniformly, and then an image that contains it.

    Source: Shen, Lin and Huang, "Relay backpropagation for effective learning of deep convolutional neural
        networks", ECCV 2016, section 3.2. Each pass draws as many images as there are, with replacement,
        seeded from (seed, pass). Positions and resuming are those of `ExactInfiniteSampler`.

    Args:
        dataset: A data set of mmseg's kind, whose labels are counted once; the result is cached below its
            root.
        seed: The run's seed; None draws one for all ranks.
    """

    def __init__(self, dataset: Any, seed: int | None = None) -> None:
        super().__init__(dataset, shuffle=True, seed=seed)
        self.weights = torch.from_numpy(image_weights(class_pixels(dataset)))

    def pass_order(self, number: int) -> list[int]:
        """Return the indices of one pass, drawn with replacement."""
        generator = torch.Generator().manual_seed(derive_seed(self.seed, number))
        return torch.multinomial(self.weights, self.size, replacement=True, generator=generator).tolist()
