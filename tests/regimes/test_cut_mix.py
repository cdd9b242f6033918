"""Tests of pasted rectangles."""

import torch

from seg_plugins.regimes import CutMix


def test_boxes_have_the_area_and_the_aspect_asked_for():
    torch.manual_seed(0)
    labels = torch.zeros(200, 60, 80, dtype=torch.int64)
    masks = CutMix(prob=1.0, area=(0.1, 0.2), aspect=(0.5, 2.0)).mask(labels)
    for mask in masks:
        rows, columns = mask.any(1).sum().item(), mask.any(0).sum().item()
        assert mask.sum() == rows * columns, "one rectangle"
        assert 0.09 <= rows * columns / 4800 <= 0.21
        assert 0.45 <= columns / rows <= 2.2
    starts = torch.stack([mask.any(1).float().argmax() for mask in masks])
    assert starts.unique().numel() > 20, "they lie everywhere"


def test_prob_is_the_share_of_images_with_a_box():
    torch.manual_seed(0)
    masks = CutMix(prob=0.3).mask(torch.zeros(1000, 16, 16, dtype=torch.int64))
    assert 0.25 < masks.flatten(1).any(1).float().mean() < 0.35
    assert not CutMix(prob=0.0).mask(torch.zeros(9, 16, 16)).any()


def test_the_draw_follows_the_seed():
    labels = torch.zeros(4, 20, 20, dtype=torch.int64)
    masks = []
    for _ in range(2):
        torch.manual_seed(3)
        masks.append(CutMix(prob=1.0).mask(labels))
    assert torch.equal(*masks)
