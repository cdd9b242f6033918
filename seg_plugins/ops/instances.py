"""From label maps to instances (boxes, classes, masks), and back into a semantic map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

__all__ = ["Instances", "instances_from_maps", "paste_into_logits", "paste_mask"]

EIGHT_CONNECTED = np.ones((3, 3), dtype=bool)


@dataclass
class Instances:
    """Instances of one image.

    Attributes:
        boxes: (G, 4) float32, x1, y1, x2, y2 in pixels.
        labels: (G,) int64, index into the thing classes.
        masks: (G, H, W) bool.
    """

    boxes: Tensor
    labels: Tensor
    masks: Tensor


def _masks_from_ids(sem_seg: np.ndarray, instance_map: np.ndarray, thing_ids: Sequence[int]) -> list[tuple]:
    found = []
    for instance in np.unique(instance_map[instance_map > 0]):
        mask = instance_map == instance
        classes, counts = np.unique(sem_seg[mask], return_counts=True)
        label = int(classes[counts.argmax()])
        if label in thing_ids:
            found.append((thing_ids.index(label), mask))
    return found


def _masks_from_components(sem_seg: np.ndarray, thing_ids: Sequence[int]) -> list[tuple]:
    found = []
    for index, class_id in enumerate(thing_ids):
        components, count = ndimage.label(sem_seg == class_id, structure=EIGHT_CONNECTED)
        found += [(index, components == i) for i in range(1, count + 1)]
    return found


def instances_from_maps(
    sem_seg: Tensor, thing_ids: Sequence[int], instance_map: Tensor | None = None, min_area: int = 16
) -> Instances:
    """Instances of the thing classes, from an instance-id map or, without one, from connected components.

    Args:
        sem_seg: (H, W) integer class ids.
        thing_ids: class ids of the thing classes; labels are positions in it.
        instance_map: (H, W) integer, 0 where there is no instance. An instance has the class that most of its
            pixels have.
        min_area: instances of fewer pixels are left out.

    Returns:
        The instances, on the device of `sem_seg`.
    """
    classes = sem_seg.cpu().numpy()
    thing_ids = list(thing_ids)
    if instance_map is None:
        found = _masks_from_components(classes, thing_ids)
    else:
        found = _masks_from_ids(classes, instance_map.cpu().numpy(), thing_ids)
    found = [(label, mask) for label, mask in found if mask.sum() >= min_area]
    boxes = []
    for _, mask in found:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    masks = np.stack([mask for _, mask in found]) if found else np.zeros((0, *classes.shape), dtype=bool)
    device = sem_seg.device
    return Instances(
        boxes=torch.tensor(boxes, dtype=torch.float32, device=device).reshape(-1, 4),
        labels=torch.tensor([label for label, _ in found], dtype=torch.long, device=device),
        masks=torch.from_numpy(masks).to(device),
    )


def paste_mask(probability: Tensor, box: Tensor, shape: tuple[int, int]) -> tuple[slice, slice, Tensor]:
    """A small mask stretched over its box.

    Args:
        probability: (S, S) in 0..1.
        box: (4,) in pixels.
        shape: (H, W) of the image.

    Returns:
        Rows, columns and the (h, w) probabilities of the pixels whose centre lies in the box.
    """
    height, width = shape
    x1, y1, x2, y2 = box.tolist()
    rows = slice(max(int(y1), 0), min(int(np.ceil(y2)), height))
    columns = slice(max(int(x1), 0), min(int(np.ceil(x2)), width))
    ys = torch.arange(rows.start, rows.stop, device=box.device, dtype=torch.float32) + 0.5
    xs = torch.arange(columns.start, columns.stop, device=box.device, dtype=torch.float32) + 0.5
    ys = 2 * (ys - y1) / max(y2 - y1, 1e-6) - 1
    xs = 2 * (xs - x1) / max(x2 - x1, 1e-6) - 1
    grid = torch.stack([xs.expand(len(ys), -1), ys[:, None].expand(-1, len(xs))], -1)[None]
    stretched = F.grid_sample(
        probability.float()[None, None], grid, padding_mode="zeros", align_corners=False
    )
    return rows, columns, stretched[0, 0]


def paste_into_logits(logits: Tensor, masks: Tensor, class_ids: Tensor, scores: Tensor) -> Tensor:
    """Instances laid over semantic logits by score, the highest last.

    Under an instance the logit of its class becomes the largest logit of the pixel plus the instance's
    log-odds, so that the class map, the confidences and whatever reads the logits later agree.

    Args:
        logits: (K, H, W) semantic logits.
        masks: (D, H, W) bool.
        class_ids: (D,) class of each instance.
        scores: (D,) in 0.5..1.

    Returns:
        (K, H, W) new logits.
    """
    logits = logits.clone()
    for i in scores.argsort().tolist():
        mask = masks[i]
        under = logits[:, mask]
        under[class_ids[i]] = under.amax(0) + torch.logit(scores[i].clamp(0.5, 1 - 1e-4)).to(under) + 1e-3
        logits[:, mask] = under
    return logits
