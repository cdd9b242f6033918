"""Images, samples and file names of a batch, in whatever form a loader gives it.

A loader gives `dict(inputs=..., data_samples=...)`. The inputs are a list of images (C, H, W), one tensor
(N, C, H, W), or a dictionary of views of either kind (a teacher's and a student's). Test-time augmentation
gives a list of lists. The samples are nested in the same way.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmengine.structures import BaseDataElement
from torch import Tensor

__all__ = ["batch_size", "describe_batch", "files_of", "images_of", "in_branches", "samples_of"]


def _members(part: Any) -> Iterator[Any]:
    """Yield the leaves of nested lists, tuples and dictionaries, in order."""
    if isinstance(part, Mapping):
        part = list(part.values())
    if isinstance(part, list | tuple):
        for member in part:
            yield from _members(member)
    elif part is not None:
        yield part


def _parts(batch: Any, key: str) -> Iterator[Any]:
    if isinstance(batch, Mapping):
        yield from _members(batch.get(key))
    elif isinstance(batch, list | tuple):  # not collated: each member is a batch or a sample
        for one in batch:
            yield from _parts(one, key)


def images_of(batch: Any) -> list[Tensor]:
    """Return all images of a batch, including every view of them.

    Args:
        batch: As a loader gives it.

    Returns:
        Tensors (C, H, W), or (C, D, H, W) for a list of volumes.

    >>> import torch
    >>> views = dict(strong=torch.zeros(2, 3, 4, 4), weak=[torch.zeros(3, 4, 4)])
    >>> [tuple(image.shape) for image in images_of(dict(inputs=views))]
    [(3, 4, 4), (3, 4, 4), (3, 4, 4)]
    """
    tensors = [part for part in _parts(batch, "inputs") if isinstance(part, Tensor)]
    inputs = batch.get("inputs") if isinstance(batch, Mapping) else None
    stacked = [inputs, *(inputs.values() if isinstance(inputs, Mapping) else ())]
    flat = [one for tensor in tensors for one in (tensor if tensor.ndim > 3 else [tensor])]
    if len(tensors) < len(flat) == len(samples_of(batch)):  # lists of image stacks, not volumes
        return flat
    images: list[Tensor] = []
    for tensor in tensors:
        is_stack = tensor.ndim > 3 and any(tensor is part for part in stacked)
        images.extend(tensor) if is_stack else images.append(tensor)
    return images


def samples_of(batch: Any) -> list[BaseDataElement]:
    """Return all data samples of a batch, including those of every view; empty if it has none."""
    return [part for part in _parts(batch, "data_samples") if isinstance(part, BaseDataElement)]


def files_of(batch: Any) -> list[str]:
    """Return the image path of every sample, or "?" where it is unknown."""
    return [str(sample.metainfo.get("img_path", "?")) for sample in samples_of(batch)]


def batch_size(batch: Any) -> int:
    """Count the images of a batch; each view counts."""
    return len(images_of(batch))


def describe_batch(batch: Any) -> str:
    """Describe the number and size of the images, for messages.

    >>> import torch
    >>> describe_batch(dict(inputs=[torch.zeros(3, 4, 6), torch.zeros(3, 8, 6)]))
    '2 images of up to 8x6'
    """
    images = images_of(batch)
    if not images:
        return "images of unknown size"
    sizes = {tuple(image.shape[-2:]) for image in images}
    height, width = (max(side) for side in zip(*sizes, strict=True))
    count = f"{len(images)} image{'s' * (len(images) != 1)}"
    return f"{count} of {'up to ' * (len(sizes) > 1)}{height}x{width}"


def in_branches(views: dict[str, dict[str, Any]], branches: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Turn packed views of one image into one sample that has a place for every branch.

    Args:
        views: Branch to `dict(inputs=..., data_samples=...)`.
        branches: All branches of the batch.

    Returns:
        `inputs` and `data_samples`, each a dictionary from branch to view, None where there is none.

    >>> in_branches(dict(sup=dict(inputs=1, data_samples=2)), ["sup", "unsup_teacher"])["inputs"]
    {'sup': 1, 'unsup_teacher': None}
    """
    return {
        key: {branch: views[branch][key] if branch in views else None for branch in branches}
        for key in ("inputs", "data_samples")
    }
