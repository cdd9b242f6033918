"""Conversion of label maps to instances (boxes, classes, masks), and back to a semantic map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

__all__ = ["Instances", "instances_from_maps", "number_instances", "paste_into_logits", "paste_mask"]

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


def number_instances(
    labels: np.ndarray, thing_ids: Sequence[int], instance_map: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Assign numbers to the instances of a label map, by one rule for training targets and for mask AP.

    With an instance map, every id is an instance of the class that most of its pixels have. Without one,
    every component of a thing class is an instance; pixels that touch at a corner belong together (8
    neighbours, the default of `skimage.measure.label`).

    Args:
        labels: (H, W) class ids, >= 0.
        thing_ids: Class ids whose components are instances; ids of an instance map are not filtered by it.
        instance_map: (H, W) integer, <= 0 where there is no instance.

    Returns:
        numbers (H, W) int64 in 1..G, 0 where there is no instance; classes (G,) int64, one for each number.

    >>> numbers, classes = number_instances(np.array([[3, 0, 3], [0, 3, 0], [7, 0, 0]]), (7, 3))
    >>> numbers.tolist(), classes.tolist()
    ([[2, 0, 2], [0, 2, 0], [1, 0, 0]], [7, 3])
    """
    if instance_map is None:
        numbers, classes = np.zeros(labels.shape, dtype=np.int64), []
        for class_id in thing_ids:
            parts, count = ndimage.label(labels == class_id, structure=EIGHT_CONNECTED)
            numbers += np.where(parts > 0, parts + len(classes), 0)
            classes += [class_id] * count
        return numbers, np.array(classes, dtype=np.int64)
    found = instance_map > 0
    ids, numbers_found = np.unique(instance_map[found], return_inverse=True)
    numbers = np.zeros(labels.shape, dtype=np.int64)
    numbers[found] = numbers_found + 1
    width = int(labels.max(initial=0)) + 1
    votes = np.bincount(numbers_found * width + labels[found], minlength=len(ids) * width)
    return numbers, votes.reshape(-1, width).argmax(1)


def instances_from_maps(
    sem_seg: Tensor, thing_ids: Sequence[int], instance_map: Tensor | None = None, min_area: int = 16
) -> Instances:
    """Return the instances to train on, numbered by `number_instances`.

    Args:
        sem_seg: (H, W) integer class ids.
        thing_ids: Class ids of the thing classes; labels are positions in it, other classes are left out.
        instance_map: (H, W) integer, 0 where there is no instance.
        min_area: Instances of fewer pixels are left out.

    Returns:
        The instances, on the device of `sem_seg`.
    """
    if instance_map is None:
        labels, ids = sem_seg.cpu().numpy(), None
    else:
        labels, ids = torch.stack([sem_seg.long(), instance_map.long()]).cpu().numpy()  # one wait
    numbers, classes = number_instances(labels, thing_ids, ids)
    places = {class_id: place for place, class_id in enumerate(thing_ids)}
    areas = np.bincount(numbers.ravel(), minlength=len(classes) + 1)[1:]
    kept = [i for i, k in enumerate(classes.tolist()) if k in places and areas[i] >= min_area]
    extents = ndimage.find_objects(numbers)
    boxes = [[extents[i][1].start, extents[i][0].start, extents[i][1].stop, extents[i][0].stop] for i in kept]
    device = sem_seg.device
    wanted = torch.tensor(kept, dtype=torch.long)
    labels = torch.tensor([places[int(classes[i])] for i in kept], dtype=torch.long)
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    boxes, labels, wanted, numbers = (
        part.to(device, non_blocking=True) for part in (boxes, labels, wanted, torch.from_numpy(numbers))
    )
    return Instances(boxes=boxes, labels=labels, masks=numbers == wanted[:, None, None] + 1)


def paste_mask(
    probability: Tensor, box: Sequence[float], shape: tuple[int, int]
) -> tuple[slice, slice, Tensor]:
    """Stretch a small mask over its box.

    Args:
        probability: (S, S) in 0..1.
        box: x1, y1, x2, y2 in pixels; numbers, so that nothing waits for the device.
        shape: (H, W) of the image.

    Returns:
        Rows, columns and the (h, w) probabilities of the pixels whose centre lies in the box.
    """
    height, width = shape
    x1, y1, x2, y2 = box
    rows = slice(max(int(y1), 0), min(int(np.ceil(y2)), height))
    columns = slice(max(int(x1), 0), min(int(np.ceil(x2)), width))
    device = probability.device
    ys = torch.arange(rows.start, rows.stop, device=device, dtype=torch.float32) + 0.5
    xs = torch.arange(columns.start, columns.stop, device=device, dtype=torch.float32) + 0.5
    ys = 2 * (ys - y1) / max(y2 - y1, 1e-6) - 1
    xs = 2 * (xs - x1) / max(x2 - x1, 1e-6) - 1
    grid = torch.stack([xs.expand(len(ys), -1), ys[:, None].expand(-1, len(xs))], -1)[None]
    stretched = F.grid_sample(
        probability.float()[None, None], grid, padding_mode="zeros", align_corners=False
    )
    return rows, columns, stretched[0, 0]


def paste_into_logits(
    logits: Tensor,
    masks: Sequence[Tensor],
    places: Sequence[tuple[slice, slice]],
    class_ids: Sequence[int],
    scores: Sequence[float],
) -> Tensor:
    """Lay instances over semantic logits in order of score, the highest last.

    Under an instance, the logit of its class becomes the largest logit of the pixel plus the instance's
    log-odds. The class map, the confidences and everything computed from the logits later therefore agree.

    Args:
        logits: (K, H, W) semantic logits.
        masks: (h, w) bool of each instance, within its rows and columns.
        places: Rows and columns of each instance.
        class_ids: Class of each instance.
        scores: Score of each instance, in 0.5..1.

    Returns:
        (K, H, W) new logits.
    """
    logits = logits.clone()
    for i in sorted(range(len(scores)), key=scores.__getitem__):
        under = logits[:, places[i][0], places[i][1]]
        odds = float(torch.logit(torch.tensor(scores[i], dtype=torch.float32).clamp(0.5, 1 - 1e-4)))
        raised = under.amax(0) + odds + 1e-3
        under[class_ids[i]] = torch.where(masks[i], raised, under[class_ids[i]])
    return logits
