import torch

from seg_plugins.ops.matching import match_boxes, sample_matches

IOU = torch.tensor([[0.8, 0.1], [0.5, 0.2], [0.0, 0.25], [0.0, 0.0]])


def test_match_by_thresholds():
    assert match_boxes(IOU, 0.7, 0.3, keep_best=False).tolist() == [0, -2, -1, -1]


def test_the_best_of_each_instance_is_kept():
    assert match_boxes(IOU, 0.7, 0.3, keep_best=True).tolist() == [0, -2, 1, -1]


def test_an_instance_nobody_overlaps_takes_nobody():
    assert match_boxes(torch.zeros(3, 1), 0.7, 0.3, keep_best=True).tolist() == [-1, -1, -1]


def test_without_instances_all_is_background():
    assert match_boxes(torch.zeros(3, 0), 0.7, 0.3, keep_best=True).tolist() == [-1, -1, -1]


def test_sampling_keeps_to_count_and_fraction():
    match = torch.tensor([0] * 30 + [-1] * 100 + [-2] * 50)
    positive, negative = sample_matches(match, 40, 0.25)
    assert len(positive) == 10 and len(negative) == 30
    assert (match[positive] >= 0).all() and (match[negative] == -1).all()
    assert len(set(negative.tolist())) == 30
    positive, negative = sample_matches(match[28:], 40, 0.25)
    assert len(positive) == 2 and len(negative) == 38
