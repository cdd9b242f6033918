"""Regions from clusters of colour and position."""

import warnings

import cv2
import numpy as np
from mmseg.registry import TASK_UTILS

from .extra import classical_extra
from .regions import connected, numbered, scaled_features

__all__ = ["ClusterRegions", "cluster"]

METHODS = ("kmeans", "gmm")


def cluster(features: np.ndarray, method: str, clusters: int, sample: int = 4000) -> np.ndarray:
    """Cluster by scikit-learn, fitted on evenly spaced rows.

    Args:
        features: (P, F) float.
        method: `kmeans`, or `gmm` for a mixture of Gaussians with full covariance.
        clusters: Number of clusters; fewer if there are fewer rows.
        sample: Number of rows used for the fit.

    Returns:
        (P,) int32 cluster ids.
    """
    some = features[:: max(1, len(features) // sample)]
    clusters = min(clusters, len(some))
    if clusters < 2:
        return np.zeros(len(features), np.int32)
    if method == "kmeans":
        with classical_extra():
            from sklearn.cluster import KMeans

        model = KMeans(clusters, n_init=1, random_state=0, max_iter=50)
    else:
        with classical_extra():
            from sklearn.mixture import GaussianMixture

        model = GaussianMixture(clusters, reg_covar=1.0, random_state=0, max_iter=30, init_params="k-means++")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an image may have fewer colours than clusters
        return model.fit(some).predict(features).astype(np.int32)


@TASK_UTILS.register_module()
class ClusterRegions:
    """k-means or a Gaussian mixture on CIELAB colour and position, by scikit-learn (extra `classical`).

    Args:
        method: `kmeans` or `gmm`.
        clusters: Number of clusters.
        position_weight: Length of the image's longer side in lightness units (0..100).
        split: Split clusters into connected components.
        min_area: Components of fewer pixels join a neighbour.

    Raises:
        ValueError: The method is unknown, or `clusters` is below 1.
    """

    def __init__(
        self,
        method: str = "kmeans",
        clusters: int = 12,
        position_weight: float = 60.0,
        split: bool = True,
        min_area: int = 20,
    ) -> None:
        if method not in METHODS:
            raise ValueError(f"ClusterRegions(method={method!r}): use one of {', '.join(METHODS)}")
        if clusters < 1:
            raise ValueError(f"ClusterRegions(clusters={clusters}): use 1 or more")
        self.method = method
        self.clusters = clusters
        self.position_weight = position_weight
        self.split = split
        self.min_area = min_area

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions (H, W) int32 of an image (H, W, 3) uint8 RGB."""
        features = scaled_features(cv2.medianBlur(image, 3), self.position_weight)
        found = cluster(features, self.method, self.clusters).reshape(image.shape[:2])
        return connected(found, self.min_area) if self.split else numbered(found)
