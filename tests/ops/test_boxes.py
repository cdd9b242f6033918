import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from seg_plugins.ops.boxes import (
    box_iou,
    clip_boxes,
    decode_boxes,
    encode_boxes,
    greedy_keep,
    grouped_nms,
    nms,
)

STDS = (0.1, 0.1, 0.2, 0.2)


def random_boxes(count, generator):
    corner = torch.rand(count, 2, generator=generator) * 40
    return torch.cat([corner, corner + 1 + torch.rand(count, 2, generator=generator) * 30], 1)


def greedy_nms(boxes, scores, threshold):
    """The textbook loop."""
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if all(overlap(boxes[i].tolist(), boxes[j].tolist()) <= threshold for j in kept):
            kept.append(i)
    return kept


def overlap(a, b):
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def test_iou_equals_the_definition():
    generator = torch.Generator().manual_seed(0)
    a, b = random_boxes(20, generator), random_boxes(30, generator)
    wanted = torch.tensor([[overlap(x, y) for y in b.tolist()] for x in a.tolist()])
    torch.testing.assert_close(box_iou(a, b), wanted)


def test_iou_of_empty_boxes_is_zero():
    assert box_iou(torch.zeros(1, 4), torch.zeros(1, 4)).item() == 0


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.7])
def test_nms_is_the_greedy_one(seed, threshold):
    generator = torch.Generator().manual_seed(seed)
    boxes, scores = random_boxes(120, generator), torch.rand(120, generator=generator)
    assert nms(boxes, scores, threshold).tolist() == greedy_nms(boxes, scores, threshold)


def test_nms_of_nothing_and_of_a_chain():
    assert nms(torch.zeros(0, 4), torch.zeros(0), 0.5).tolist() == []
    chain = torch.tensor([[i, 0.0, i + 10.0, 10.0] for i in range(0, 40, 4)])
    scores = torch.linspace(1, 0.1, 10)
    assert nms(chain, scores, 0.4).tolist() == greedy_nms(chain, scores, 0.4) == [0, 2, 4, 6, 8]


def test_sets_of_boxes_are_suppressed_apart_and_invalid_ones_do_nothing():
    generator = torch.Generator().manual_seed(3)
    boxes = torch.stack([random_boxes(60, generator) for _ in range(4)])
    valid = torch.rand(4, 60, generator=generator) > 0.3
    keep = greedy_keep(boxes, 0.3, valid)
    for one, mask, kept in zip(boxes, valid, keep, strict=True):
        wanted = torch.nonzero(mask)[:, 0][greedy_keep(one[mask], 0.3)]
        assert torch.nonzero(kept)[:, 0].tolist() == wanted.tolist()
        assert 0 < len(wanted) < mask.sum()


class LargestTensor(TorchDispatchMode):
    """Notes the most elements of a tensor that is made."""

    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor):
            self.elements = max(self.elements, made.numel())
        return made


def test_memory_is_bounded_whatever_the_batch(monkeypatch):
    generator = torch.Generator().manual_seed(4)
    boxes = torch.stack([random_boxes(50, generator) for _ in range(7)])
    whole = greedy_keep(boxes, 0.3)
    monkeypatch.setattr("seg_plugins.ops.boxes.PAIRS", 3 * 50**2)
    with LargestTensor() as largest:
        parts = greedy_keep(boxes, 0.3)
    assert torch.equal(parts, whole) and largest.elements == 3 * 50**2


def test_groups_do_not_suppress_each_other():
    boxes = torch.tensor([[0.0, 0, 10, 10]]).repeat(4, 1)
    kept = grouped_nms(boxes, torch.tensor([0.1, 0.4, 0.3, 0.2]), torch.tensor([0, 0, 1, 1]), 0.5)
    assert kept.tolist() == [1, 2]
    assert grouped_nms(boxes[:0], torch.zeros(0), torch.zeros(0, dtype=torch.long), 0.5).tolist() == []


def test_decoding_undoes_encoding():
    generator = torch.Generator().manual_seed(1)
    reference, target = random_boxes(50, generator), random_boxes(50, generator)
    deltas = encode_boxes(reference, target, STDS)
    torch.testing.assert_close(decode_boxes(reference, deltas, STDS), target, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(
        encode_boxes(torch.tensor([[0.0, 0, 10, 20]]), torch.tensor([[5.0, 0, 15, 20]]), (1, 1, 1, 1)),
        torch.tensor([[0.5, 0, 0, 0]]),
    )


def test_clip():
    clipped = clip_boxes(torch.tensor([[-3.0, -2, 50, 60]]), (40, 30))
    assert clipped.tolist() == [[0, 0, 30, 40]]
