import torch

from seg_plugins.losses.region import Regions, overlap


def test_overlap_of_hard_regions_is_the_confusion():
    target = torch.tensor([[[[1.0, 1, 0, 0]]], [[[0.0, 1, 0, 1]]]])
    probs = torch.tensor([[[[1.0, 0, 1, 0]]], [[[0.0, 1, 1, 1]]]])
    mask = torch.tensor([[[[1.0, 1, 1, 1]]], [[[1.0, 1, 0, 1]]]])
    regions = Regions(probs, probs, target, mask)
    assert [x.tolist() for x in overlap(regions, per_image=True)] == [[[1], [2]], [[1], [0]], [[1], [0]]]
    assert [x.tolist() for x in overlap(regions, per_image=False)] == [[[3]], [[1]], [[1]]]
