import numpy as np
import pytest
import torch
from mmseg.registry import METRICS

import seg_plugins.register  # noqa: F401  (registers)

META = dict(classes=("road", "car", "person"), thing_classes=("car", "person"))


def sample(labels, ids, classes, numbers):
    """Rows of pixels; `ids` may be None."""
    made = dict(
        gt_sem_seg=dict(data=torch.tensor([[labels]])),
        pred_panoptic_seg=dict(data=torch.tensor([[classes], [numbers]])),
    )
    if ids is not None:
        made["gt_instance_map"] = dict(data=torch.tensor([[ids]]))
    return made


def evaluate(*images):
    metric = METRICS.build(dict(type="PanopticQuality"))
    metric.dataset_meta = META
    for one in images:
        metric.process(None, [one])
    return metric.evaluate(len(images))


def test_a_perfect_prediction():
    found = evaluate(sample([0, 1, 1, 255], [0, 7, 9, 0], [0, 1, 1, 255], [1, 2, 3, 0]))
    assert {found[k] for k in ("PQ", "SQ", "RQ", "PQ_things", "PQ_stuff", "PQ.road", "PQ.car")} == {100.0}
    assert "PQ.person" not in found


def test_the_formula_by_hand_over_two_images():
    """Road: IoU 3/4 once. Car: one of two found (IoU 1), one false alarm: 1 / (1 + 1/2 + 1/2)."""
    first = sample([0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 3, 3], [0, 0, 0, 255, 1, 1], [4, 4, 4, 0, 2, 2])
    second = sample([255, 255, 1, 1, 2], [0, 0, 3, 3, 4], [255, 255, 1, 255, 1], [0, 0, 5, 0, 9])
    found = evaluate(first, second)
    # the second car is covered by half only, so it is missed, and both its segments are false alarms
    car, road = 100 * 1 / (1 + (2 + 1) / 2), 75.0
    assert found["PQ.car"] == pytest.approx(car) and found["PQ.road"] == pytest.approx(road)
    assert found["PQ.person"] == 0
    assert found["PQ"] == pytest.approx((car + road) / 3)
    assert found["PQ_things"] == pytest.approx(car / 2) and found["PQ_stuff"] == pytest.approx(road)
    assert found["SQ"] == pytest.approx((75 + 100) / 3)
    assert found["RQ"] == pytest.approx((100 + car) / 3)


def test_without_instance_ids_touching_cars_are_one():
    assert evaluate(sample([1, 1, 0, 1], None, [1, 1, 0, 1], [1, 1, 2, 3]))["PQ"] == 100


def test_no_segment_at_all():
    assert np.isnan(evaluate(sample([255], [0], [255], [0]))["PQ"])


def test_a_model_without_segments_is_refused():
    metric = METRICS.build(dict(type="PanopticQuality"))
    metric.dataset_meta = META
    with pytest.raises(ValueError, match=r"PanopticEncoderDecoder.*whole.*without --tta"):
        metric.process(None, [dict(gt_sem_seg=dict(data=torch.zeros(1, 1, 1)))])
