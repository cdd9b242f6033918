import numpy as np
import pytest
import torch
from mmseg.registry import METRICS
from torchmetrics.functional.classification import multiclass_accuracy

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.ops.boundaries import boundary_map, near
from tests.metrics.test_confusion_metric import META, evaluate, sample
from tests.ops.test_boundaries import blobs, brute_f1


def build(**arguments):
    return METRICS.build(dict(type="BoundaryMetric", **arguments))


def pairs(count=4):
    for i in range(count):
        true = blobs(i)
        true[:2] = 255
        yield np.where(np.arange(80) % 20 < 15, blobs(i), blobs(i + 9)), true


def test_boundary_f1_is_the_mean_over_images_of_the_mean_over_present_classes():
    results = evaluate(build(), (sample(p, t) for p, t in pairs()))
    scores = np.array([brute_f1(p, t, t != 255, 4, 0.0075 * 100) for p, t in pairs()])
    assert results["mBF1"] == pytest.approx(100 * np.nanmean(scores, axis=1).mean())
    for i, name in enumerate(META["classes"]):
        assert results[f"BF1.{name}"] == pytest.approx(100 * np.nanmean(scores[:, i]))


def test_a_perfect_prediction():
    results = evaluate(build(trimap_width=3), [sample(blobs(0), blobs(0))])
    assert all(v == pytest.approx(100) for v in results.values())
    assert set(results) >= {"mBF1", "mBIoU", "trimapAcc", "trimapIoU", "BF1.road", "BIoU.tree"}


def test_boundary_iou_by_hand():
    """Diagonal 125, width round(0.02 * 125) = 2: squares of 20 and 22 pixels with one corner in common."""
    true, pred = np.zeros((100, 75), int), np.zeros((100, 75), int)
    true[10:30, 10:30], pred[10:32, 10:32] = 1, 1
    results = evaluate(build(), [sample(pred, true)])
    true_band, pred_band = 20**2 - 16**2, 22**2 - 18**2
    common = 20**2 - 18**2  # the top and left two rows and columns of the true square
    assert results["BIoU.car"] == pytest.approx(100 * common / (true_band + pred_band - common))


def test_trimap_accuracy_equals_masking_by_hand():
    results = evaluate(build(trimap_width=4), (sample(p, t) for p, t in pairs()))
    kept = []
    for p, t in pairs():
        valid = t != 255
        band = near(boundary_map(t, valid), 4) & valid
        kept.append((p[band], t[band]))
    pred, true = (torch.from_numpy(np.concatenate(v)) for v in zip(*kept, strict=True))
    expected = multiclass_accuracy(pred, true, 4, average="micro").item()
    assert results["trimapAcc"] == pytest.approx(100 * expected, abs=1e-4)


def test_classes_in_neither_map_are_left_out():
    results = evaluate(build(), [sample(np.array([[0, 0], [1, 1]]), np.array([[0, 0], [1, 1]]))])
    assert results["mBF1"] == 100
    assert "BF1.sky" not in results


def test_errors_name_the_file():
    with pytest.raises(ValueError, match=r"x_label\.png: ground-truth ids \[9\]"):
        evaluate(build(), [sample(np.array([[0]]), np.array([[9]]), "x.png")])
    with pytest.raises(ValueError, match=r"x_label\.png: predicted ids \[4\]"):
        evaluate(build(), [sample(np.array([[4]]), np.array([[0]]), "x.png")])
    with pytest.raises(ValueError, match="above 0"):
        build(tolerance=0)


def test_pixels_that_were_refused_are_not_evaluated():
    """The same figures as with those pixels' truth void."""
    pairs_ = [(np.where(np.arange(80) % 7 < 2, 255, p), t) for p, t in pairs()]
    with_void = [sample(np.where(p == 255, 0, p), np.where(p == 255, 255, t)) for p, t in pairs_]
    refused = evaluate(build(rejected=255), (sample(p, t) for p, t in pairs_))
    assert refused == pytest.approx(evaluate(build(), with_void), nan_ok=True)
    with pytest.raises(ValueError, match="predicted ids"):
        evaluate(build(), (sample(p, t) for p, t in pairs_))
