import numpy as np
import pytest
import torch

from seg_plugins.metrics.coverage_metric import CoverageMetric
from seg_plugins.postprocess.confidence_threshold import reject


def samples(count=3):
    generator = torch.Generator().manual_seed(0)
    for _ in range(count):
        logits = torch.randn(4, 40, 50, generator=generator) * 2
        truth = torch.multinomial(logits.flatten(1).softmax(0).T, 1, generator=generator).view(40, 50)
        truth[:3] = 255
        yield dict(
            seg_logits=dict(data=logits),
            pred_sem_seg=dict(data=logits.argmax(0, keepdim=True)),
            gt_sem_seg=dict(data=truth[None]),
        )


def test_it_equals_sorting_all_pixels():
    metric = CoverageMetric()
    metric.process(None, list(samples()))
    got = metric.evaluate(3)
    confidence, correct = [], []
    for s in samples():
        valid = s["gt_sem_seg"]["data"][0] != 255
        confidence.append(s["seg_logits"]["data"].softmax(0).amax(0)[valid].numpy())
        correct.append((s["pred_sem_seg"]["data"] == s["gt_sem_seg"]["data"])[0][valid].numpy())
    order = np.argsort(-np.concatenate(confidence), kind="stable")
    accuracy = np.cumsum(np.concatenate(correct)[order]) / np.arange(1, len(order) + 1)
    for share in (100, 95, 90, 80, 50):
        want = 100 * accuracy[round(share / 100 * len(order)) - 1]
        assert got[f"acc@{share}"] == pytest.approx(want, abs=100 * 0.004 / (4 * share / 100))
    assert got["AURC"] == pytest.approx(100 * (1 - accuracy).mean(), abs=0.01)
    assert got["acc@50"] > got["acc@80"] > got["acc@100"]


def test_the_curve_is_what_a_threshold_gives():
    metric = CoverageMetric(bins=20)
    (sample,) = samples(1)
    metric.process(None, [sample])
    metric.evaluate(1)
    logits, truth = sample["seg_logits"]["data"][None], sample["gt_sem_seg"]["data"]
    kept = (reject(logits, logits.argmax(1), 0.6) != 255) & (truth != 255)
    coverage, accuracy = metric.curve[:, 12]
    assert coverage == pytest.approx(float(kept.sum() / (truth != 255).sum()), abs=1e-6)
    assert accuracy == pytest.approx(float((logits.argmax(1) == truth)[kept].double().mean()))


def test_refused_pixels_are_left_out_and_counted():
    from seg_plugins.metrics.confusion_metric import ConfusionMetric

    coverage, confusion = CoverageMetric(), ConfusionMetric(rejected=255)
    confusion.dataset_meta = dict(classes=tuple("abcd"))
    (sample,) = samples(1)
    logits, truth = sample["seg_logits"]["data"][None], sample["gt_sem_seg"]["data"]
    labels = reject(logits, logits.argmax(1), 0.7)
    for metric in (coverage, confusion):
        metric.process(None, [sample | dict(pred_sem_seg=dict(data=labels))])
    kept = (labels != 255) & (truth != 255)
    assert coverage.evaluate(1)["coverage"] == pytest.approx(100 * float(kept.sum() / (truth != 255).sum()))
    want = 100 * float((labels == truth)[kept].double().mean())
    assert confusion.evaluate(1)["aAcc"] == pytest.approx(want)
    assert 20 < want < 99


def test_a_prediction_without_scores_is_named():
    sample = next(samples(1))
    del sample["seg_logits"]
    with pytest.raises(ValueError, match="seg_logits"):
        CoverageMetric().process(None, [sample | dict(img_path="a.png")])
