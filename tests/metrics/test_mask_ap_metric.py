import builtins

import numpy as np
import pytest
import torch
from mmseg.registry import METRICS

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.metrics.mask_ap_metric import true_instances
from seg_plugins.ops.instances import instances_from_maps

META = dict(classes=("road", "car", "person"), thing_classes=("car", "person"))


def square(y, x, size, shape=(40, 60)):
    mask = np.zeros(shape, bool)
    mask[y : y + size, x : x + size] = True
    return mask


def image(true, predicted, with_map=True):
    """`true` and `predicted`: lists of (mask, class) and (mask, class, score)."""
    labels, ids = np.zeros((40, 60), int), np.zeros((40, 60), int)
    for i, (mask, k) in enumerate(true, 1):
        labels[mask], ids[mask] = k, i
    masks = np.array([m for m, _, _ in predicted]).reshape(-1, 40, 60)
    sample = dict(
        gt_sem_seg=dict(data=torch.from_numpy(labels)[None]),
        pred_instances=dict(
            masks=torch.from_numpy(masks),
            labels=torch.tensor([k for _, k, _ in predicted]),
            scores=torch.tensor([s for _, _, s in predicted]),
        ),
    )
    if with_map:
        sample["gt_instance_map"] = dict(data=torch.from_numpy(ids)[None])
    return sample


def evaluate(*images):
    metric = METRICS.build(dict(type="MaskAPMetric"))
    metric.dataset_meta = META
    for one in images:
        metric.process(None, [one])
    return metric.evaluate(len(images))


A, B = square(2, 2, 10), square(20, 30, 12)


@pytest.mark.parametrize("with_map", [True, False])
def test_perfect_predictions(with_map):
    results = evaluate(image([(A, 1), (B, 2)], [(A, 1, 0.9), (B, 2, 0.8)], with_map))
    assert results == dict.fromkeys(
        ["mask_AP", "mask_AP50", "mask_AP75", "mask_AP.car", "mask_AP.person"], pytest.approx(100)
    )


def test_the_iou_thresholds_by_hand():
    """10 x 10 against its 10 x 8 part: IoU 0.8 passes 0.50 to 0.80, which is 7 of 10 thresholds."""
    part = A.copy()
    part[:, 10:] = False
    results = evaluate(image([(A, 1)], [(part, 1, 0.9)]))
    assert results["mask_AP"] == pytest.approx(70)
    assert results["mask_AP75"] == pytest.approx(100)
    assert "mask_AP.person" not in results


def test_a_better_scored_false_alarm_halves_the_precision():
    results = evaluate(image([(A, 1)], [(B, 1, 0.9), (A, 1, 0.5)]))
    assert results["mask_AP"] == pytest.approx(50)


def test_a_missed_object_caps_the_recall():
    """One of two found at precision 1: 51 of the 101 recall points (0 to 0.5)."""
    results = evaluate(image([(A, 1)], [(A, 1, 0.9)]), image([(B, 1)], []))
    assert results["mask_AP"] == pytest.approx(100 * 51 / 101)


def test_no_instances_at_all():
    assert np.isnan(evaluate(image([], []))["mask_AP"])


def test_a_mostly_unlabelled_object_is_ignored():
    one = image([(A, 1), (B, 255)], [(B, 1, 0.99), (A, 1, 0.5)])
    assert evaluate(one)["mask_AP"] == pytest.approx(100)


def test_stuff_is_no_instance_and_touching_parts_join():
    labels = np.zeros((40, 60), int)
    labels[A], labels[B], labels[square(12, 12, 5)] = 1, 2, 1  # the third touches A at a corner
    found = [(k, int(m.sum())) for m, k, _ in true_instances(labels, None, [1, 2])]
    assert found == [(1, 125), (2, 144)]
    assert true_instances(labels, np.where(A, 7, 0), [2]) == []


def test_truth_and_training_targets_are_cut_alike_but_truth_keeps_the_smallest():
    random = np.random.default_rng(0)
    labels = np.kron(random.integers(0, 4, (8, 12)), np.ones((5, 5), int))
    labels[:5, :5], labels[2, 2] = 0, 3  # a speck
    for ids in (None, np.kron(random.integers(0, 9, (8, 12)), np.ones((5, 5), int))):
        truth = [(m, k) for m, k, _ in true_instances(labels, ids, [1, 3])]
        tensor = None if ids is None else torch.from_numpy(ids)
        targets = instances_from_maps(torch.from_numpy(labels), [1, 3], tensor)
        large = [(m, k) for m, k in truth if m.sum() >= 16]
        assert len(large) >= 3 and [k for _, k in large] == [[1, 3][i] for i in targets.labels]
        assert np.array_equal(np.stack([m for m, _ in large]), targets.masks.numpy())
        if ids is None:
            assert len(truth) > len(large)


def test_other_models_and_a_missing_library_are_explained(monkeypatch):
    metric = METRICS.build(dict(type="MaskAPMetric"))
    metric.dataset_meta = META
    with pytest.raises(ValueError, match="predicts instances"):
        metric.process(None, [{}])
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("pycocotools"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"seg-plugins\[coco\]"):
        METRICS.build(dict(type="MaskAPMetric"))
