"""Random walks from confident pixels as a post-processing step."""

import warnings

import cv2
import numpy as np
import torch
from mmseg.registry import MODELS

from seg_plugins.postprocess.prediction import BatchPrediction, PostprocessStep

from .extra import classical_extra

__all__ = ["RandomWalker", "walk_randomly"]


def walk_randomly(image: np.ndarray, probabilities: np.ndarray, sure: float, beta: float) -> np.ndarray:
    """Find which class's seeds a random walker from each pixel reaches first, by scikit-image.

    Source: Grady, Random Walks for Image Segmentation, TPAMI 28(11), 2006.

    Args:
        image: (H, W, C) uint8.
        probabilities: (K, H, W) float.
        sure: Probability from which on a pixel is a seed of its class.
        beta: Larger makes edges harder to cross.

    Returns:
        (K, H, W) probabilities; the given ones if fewer than two classes have seeds or the image is flat.
    """
    with classical_extra():
        from skimage.segmentation import random_walker

    best = probabilities.argmax(0)
    seeds = np.where(probabilities.max(0) >= sure, best + 1, 0)
    present = np.unique(seeds[seeds > 0])
    if len(present) < 2 or not (seeds == 0).any() or image.min() == image.max():
        return probabilities
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the hint that a faster solver could be installed
        found = random_walker(
            image / 255.0, seeds, beta, mode="cg_j", tol=1e-2, channel_axis=-1, return_full_prob=True
        )
    out = np.zeros_like(probabilities)
    out[present - 1] = found
    return out


@MODELS.register_module()
class RandomWalker(PostprocessStep):
    """Label uncertain pixels by random walks from confident ones; see `walk_randomly`.

    Args:
        sure: Probability from which on a pixel is a seed of its class.
        beta: Larger makes edges harder to cross.
        scale: Factor on the image's size for the walk.
    """

    def __init__(self, sure: float = 0.9, beta: float = 130.0, scale: float = 0.5) -> None:
        super().__init__()
        self.sure = sure
        self.beta = beta
        self.scale = scale

    def _refine(self, image: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Refine (K, H, W) for an image (H, W, C), at the working size."""
        h, w = image.shape[:2]
        size = max(1, round(w * self.scale)), max(1, round(h * self.scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
        scores = np.stack([cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in probabilities])
        walked = walk_randomly(small, scores, self.sure, self.beta).astype(np.float32)
        return np.stack([cv2.resize(p, (w, h), interpolation=cv2.INTER_LINEAR) for p in walked])

    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Replace the scores by log-probabilities and derive new labels."""
        images = prediction.image.round().byte().permute(0, 2, 3, 1).cpu().numpy()
        maps = prediction.logits.softmax(1).cpu().numpy()
        walked = np.stack([self._refine(i, p) for i, p in zip(images, maps, strict=True)])
        return prediction.with_logits(
            torch.from_numpy(walked).to(prediction.logits.device).clamp_min(1e-10).log()
        )
