"""GrabCut as a post-processing step."""

import cv2
import numpy as np
import torch
from mmseg.registry import MODELS

from seg_plugins.postprocess.prediction import BatchPrediction, PostprocessStep

__all__ = ["GrabCut", "grab_cut"]


def grab_cut(image: np.ndarray, probability: np.ndarray, sure: float, iterations: int) -> np.ndarray:
    """Segment the foreground by two colour mixtures and a cut of the pixel graph.

    Source: Rother, Kolmogorov and Blake, GrabCut, SIGGRAPH 2004; by OpenCV.

    Args:
        image: (H, W, 3) uint8.
        probability: (H, W) float foreground probability.
        sure: Pixels with at least this probability, or at most its complement, are not changed.
        iterations: Number of rounds of fitting and cutting.

    Returns:
        (H, W) bool; `probability` >= 0.5 if one side has no pixel to start from.
    """
    mask = np.where(probability >= 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[probability >= sure] = cv2.GC_FGD
    mask[probability <= 1 - sure] = cv2.GC_BGD
    if not 10 < (probability >= 0.5).sum() < mask.size - 10:
        return probability >= 0.5
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(image), mask, None, *models, iterations, cv2.GC_INIT_WITH_MASK)
    return (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)


@MODELS.register_module()
class GrabCut(PostprocessStep):
    """Cut one class out again, starting from where its probability is high; see `grab_cut`.

    Args:
        foreground: Class id to cut out.
        background: Class id that lost pixels get.
        sure: Pixels with at least this probability, or at most its complement, are not changed.
        iterations: Number of rounds of fitting and cutting.
    """

    def __init__(
        self, foreground: int = 1, background: int = 0, sure: float = 0.98, iterations: int = 3
    ) -> None:
        super().__init__()
        self.foreground = foreground
        self.background = background
        self.sure = sure
        self.iterations = iterations

    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Change the labels; the scores are not changed.

        Raises:
            ValueError: The model lacks `foreground`.
        """
        prediction.check_classes(f"GrabCut(foreground={self.foreground})", [self.foreground])
        labels = prediction.labels.clone()
        probabilities = prediction.logits.softmax(1)[:, self.foreground].cpu().numpy()
        for row, (photo, probability) in enumerate(zip(prediction.photos(), probabilities, strict=True)):
            cut = torch.from_numpy(grab_cut(photo, probability, self.sure, self.iterations)).to(labels.device)
            labels[row][~cut & (labels[row] == self.foreground)] = self.background
            labels[row][cut] = self.foreground
        return prediction.with_labels(labels)
