"""Labels that a trained model finds implausible."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate

from seg_plugins.models import find_test_pipeline, load_model
from seg_plugins.ops.two_classes import two_class_scores
from seg_plugins.progress import track

__all__ = ["image_losses", "outliers"]


def outliers(losses: Sequence[float], threshold: float = 5.0) -> list[int]:
    """Return the indices of values far above the rest, farthest first.

    A value is far above if it exceeds the median by `threshold` times the scaled median absolute deviation
    (Iglewicz and Hoaglin, How to detect and handle outliers, 1993).

    >>> outliers([1.0, 1.1, 0.9, 1.0, 9.0])
    [4]
    """
    values = np.asarray(losses, float)
    if len(values) == 0:
        return []
    centre = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - centre))
    far = np.flatnonzero(values > centre + threshold * max(spread, 1e-6))
    return far[np.argsort(-values[far])].tolist()


@torch.no_grad()
def image_losses(cfg: Config, checkpoint: str, entries: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Compute the mean cross entropy of every image under a trained model.

    Args:
        cfg: The config that the model was trained with.
        checkpoint: Its checkpoint.
        entries: The entries to evaluate, without those that cannot be loaded.

    Returns:
        Image path -> loss in nats per labelled pixel, for images with labelled pixels.
    """
    model = load_model(cfg, checkpoint)
    pipeline = Compose(find_test_pipeline(cfg))
    losses = {}
    for entry in track(entries, "evaluating the model", len(entries)):
        batch = pseudo_collate([pipeline({**entry, "seg_fields": []})])
        sample = model.network.test_step(batch)[0]
        label = sample.gt_sem_seg.data.to(model.device).long()
        if (label == 255).all():
            continue
        scores = two_class_scores(sample.seg_logits.data.float())[None]
        losses[entry["img_path"]] = float(F.cross_entropy(scores, label, ignore_index=255))
    return losses
