"""Base tests of the heads on regions."""

import torch

from seg_plugins.ops.instances import Instances

STRIDES = (4, 8, 16)
SHAPE = (64, 96)


def pyramid(channels=8, images=2):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(images, channels, SHAPE[0] // s, SHAPE[1] // s, generator=generator) for s in STRIDES]


def instances(boxes=((8, 8, 40, 48), (50, 20, 80, 60)), labels=(0, 1)):
    masks = torch.zeros(len(boxes), *SHAPE, dtype=torch.bool)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes, strict=True):
        mask[y1:y2, x1:x2] = True
    corners = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return Instances(corners, torch.tensor(labels, dtype=torch.long), masks)


def nothing():
    return instances((), ())


def gradients_missing(module, losses):
    """Names of parameters that the sum of the losses does not reach."""
    module.zero_grad()
    total = sum(losses.values())
    assert torch.isfinite(total)
    total.backward()
    return [name for name, p in module.named_parameters() if p.grad is None]
