import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import multiclass_calibration_error

from seg_plugins.ops.confidence import (
    calibration_bins,
    calibration_errors,
    confidence_of_sample,
    max_probability,
)


def test_max_probability_is_the_largest_softmax():
    logits = torch.randn(7, 130, 11, generator=torch.Generator().manual_seed(0)) * 20
    torch.testing.assert_close(max_probability(logits, rows=16), logits.softmax(dim=0).amax(dim=0))


@pytest.mark.parametrize("norm, key", [("l1", "ECE"), ("max", "MCE")])
def test_errors_equal_torchmetrics(norm, key):
    generator = torch.Generator().manual_seed(1)
    probabilities = torch.softmax(3 * torch.randn(5000, 4, generator=generator), dim=1)
    target = torch.randint(0, 4, (5000,), generator=generator)
    confidence, chosen = probabilities.max(dim=1)
    table = calibration_bins(confidence.numpy(), (chosen == target).numpy(), 15)
    expected = multiclass_calibration_error(probabilities, target, 4, n_bins=15, norm=norm).item()
    assert calibration_errors(table)[key] == pytest.approx(expected, abs=1e-5)


def test_errors_by_hand():
    """Ten pixels at 0.9 with nine right, ten at 0.6 with three right."""
    confidence = np.repeat([0.9, 0.6], 10)
    right = np.r_[np.arange(10) < 9, np.arange(10) < 3]
    errors = calibration_errors(calibration_bins(confidence, right, 10))
    assert errors == pytest.approx({"ECE": 0.15, "MCE": 0.3})
    assert all(np.isnan(v) for v in calibration_errors(np.zeros((3, 10))).values())


def test_where_a_sample_keeps_its_confidence():
    logits = torch.randn(3, 8, 6)
    given = torch.rand(1, 8, 6)
    full = dict(seg_logits=dict(data=logits))
    torch.testing.assert_close(confidence_of_sample(full, 2), logits.softmax(0).amax(0)[::2, ::2])
    torch.testing.assert_close(confidence_of_sample(full | dict(pred_confidence=dict(data=given))), given[0])
    assert confidence_of_sample({}) is None


def test_a_sigmoid_head_is_sure_of_the_side_it_chose():
    sample = dict(
        seg_logits=dict(data=torch.tensor([[[0.9, 0.2]]])),
        pred_sem_seg=dict(data=torch.tensor([[[1.0, 0.0]]])),
    )
    torch.testing.assert_close(confidence_of_sample(sample), torch.tensor([[0.9, 0.8]]))
