import json

import pytest
import torch

from seg_plugins.losses import ExactCrossEntropyLoss
from seg_plugins.losses.base import one_hot, reduce_elements


def test_reductions():
    numerators, denominators = torch.tensor([1.0, 2.0, 0.0]), torch.tensor([1.0, 1.0, 0.0])
    assert reduce_elements(numerators, denominators, "mean") == 1.5
    assert reduce_elements(numerators, denominators, "sum") == 3
    assert reduce_elements(numerators, denominators, "mean", avg_factor=6) == 0.5
    assert torch.equal(reduce_elements(numerators, denominators, "none"), numerators)
    assert reduce_elements(0 * numerators, 0 * denominators, "mean") == 0


def test_a_sum_with_a_factor_is_refused_as_upstream_does():
    with pytest.raises(ValueError, match="sum"):
        reduce_elements(torch.ones(1), torch.ones(1), "sum", avg_factor=2)


def test_one_hot_of_ignored_pixels_is_zero():
    label = torch.tensor([[[0, 2, 255]]])
    expected = torch.tensor([[[[1.0, 0, 0]], [[0, 0, 0]], [[0, 1, 0]]]])
    assert torch.equal(one_hot(label, label != 255, 3, torch.float32), expected)


def test_class_weights_come_from_a_file(tmp_path):
    path = tmp_path / "weights.json"
    path.write_text(json.dumps([1.0, 2.0, 3.0]))
    assert ExactCrossEntropyLoss(class_weight=str(path)).class_weight == [1.0, 2.0, 3.0]


def test_a_wrong_number_of_class_weights_is_refused():
    with pytest.raises(ValueError, match="2 class weights for 3 classes"):
        ExactCrossEntropyLoss(class_weight=[1.0, 2.0])(torch.zeros(1, 3, 2, 2), torch.zeros(1, 2, 2).long())


def test_a_wrong_reduction_is_refused():
    with pytest.raises(ValueError, match="average"):
        ExactCrossEntropyLoss(reduction="average")
