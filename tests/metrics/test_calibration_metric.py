import pytest
import torch
from mmseg.registry import METRICS
from torchmetrics.classification import MulticlassCalibrationError

import seg_plugins.register  # noqa: F401  (registers)
from tests.metrics.test_confusion_metric import evaluate, sample


def build(**arguments):
    return METRICS.build(dict(type="CalibrationMetric", **arguments))


def samples(count=3):
    generator = torch.Generator().manual_seed(0)
    for _ in range(count):
        logits = 2 * torch.randn(4, 20, 30, generator=generator)
        true = torch.randint(0, 4, (20, 30), generator=generator)
        true[:3] = 255
        yield sample(logits.argmax(0), true) | dict(seg_logits=dict(data=logits))


def test_against_torchmetrics_with_ignored_pixels():
    metric = build()
    results = evaluate(metric, samples())
    reference = MulticlassCalibrationError(4, n_bins=15, ignore_index=255)
    for one in samples():
        reference.update(one["seg_logits"]["data"].softmax(0)[None], one["gt_sem_seg"]["data"])
    assert results["ECE"] == pytest.approx(100 * reference.compute().item(), abs=1e-3)
    assert metric.table.shape == (3, 15)
    assert metric.table[0].sum() == 3 * 17 * 30


def test_a_stride_looks_at_fewer_pixels():
    metric = build(stride=2)
    evaluate(metric, samples(1))
    assert metric.table[0].sum() == (10 - 2) * 15


def test_samples_without_confidence_are_refused_by_name():
    with pytest.raises(ValueError, match=r"a_label\.png.*seg_logits.*test-time augmentation"):
        evaluate(build(), [sample(torch.zeros(2, 2), torch.zeros(2, 2))])
    with pytest.raises(ValueError, match="at least 1"):
        build(bins=0)
