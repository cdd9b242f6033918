"""Losses, post-processing, metrics and operators on the fake GPU: values of the CPU, and few waits."""

import copy

import numpy as np
import pytest
import torch
from mmseg.registry import METRICS, MODELS
from torch import nn

import seg_plugins.losses
from seg_plugins.ops.boxes import greedy_keep, grouped_nms, nms
from seg_plugins.ops.confusion import confusion_matrix, confusion_on_device
from seg_plugins.ops.instances import instances_from_maps
from seg_plugins.ops.matching import match_boxes
from seg_plugins.ops.tiled_labels import cropped, flipped, resized, strip_of, tiled_labels
from seg_plugins.postprocess.prediction import BatchPrediction
from tests.devices.fake_cuda import fake_cuda, on_host

CLASSES, SIZE = 4, (24, 28)
GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(2, CLASSES, *SIZE, generator=GENERATOR)
LABELS = torch.randint(0, CLASSES, (2, *SIZE), generator=GENERATOR)
LABELS[:, :3] = 255
IMAGES = torch.rand(2, 3, *SIZE, generator=GENERATOR) * 255


def both(compute):
    """Compute on the CPU and on the fake GPU, with the same random numbers; return the waits of the latter.

    Args:
        compute: Takes a device, returns moved inputs; then takes these, returns tensors.
    """
    place, act = compute
    results = []
    for device in ("cpu", "cuda"):
        with fake_cuda() as waits:
            inputs = [copy.deepcopy(v).to(device) for v in place]
            waits.clear()
            torch.manual_seed(1)
            made = [t.detach() for t in act(*inputs)]
            counted = copy.copy(waits)
            assert made and all(t.device.type == device for t in made)
            results.append(on_host(made))
    for cpu, gpu in zip(*results, strict=True):
        torch.testing.assert_close(gpu, cpu)
    return counted


# distances are computed on the CPU, of a whole batch at a time
WAITS_OF_LOSSES = dict(HausdorffDTLoss=2, KervadecBoundaryLoss=1)  # of truth, of prediction


OF_LABELS = sorted(set(seg_plugins.losses.__all__) - {"MaskSetLoss"})  # of queries: see the family eomt


@pytest.mark.parametrize("name", OF_LABELS)
def test_losses(name):
    inner = [dict(type="SoftDiceLoss"), dict(type="ExactCrossEntropyLoss")]
    loss = MODELS.build(dict(type=name, **(dict(losses=inner) if name == "WeightedSumLoss" else {})))

    def act(score, label, loss):
        score = nn.Parameter(score)
        value = loss(score, label)
        value.backward()
        return value, score.grad

    waits = both(((LOGITS, LABELS, loss), act))
    assert waits.own() <= WAITS_OF_LOSSES.get(name, 0), waits


LATTICE = 10  # of the CRF, whose size depends on the image
STEPS = (
    (dict(type="DenseCRF"), LATTICE),
    (dict(type="GuidedFilter"), 0),
    (dict(type="BilateralFilter"), LATTICE),
    (dict(type="ConfidenceThreshold", threshold=0.5), 0),
    (dict(type="TemperatureScaling", temperature=2.0), 1),
    (dict(type="Morphology", operation="open"), 1),
    (dict(type="Morphology", operation="fill_holes"), 1),
)


@pytest.mark.parametrize("step, per_image", STEPS, ids=lambda v: v["type"] if isinstance(v, dict) else "")
def test_post_processing(step, per_image):
    def act(logits, image, step):
        done = step(BatchPrediction(logits, logits.argmax(1), image))
        return done.logits, done.labels

    waits = both(((LOGITS, IMAGES, MODELS.build(step)), act))
    assert waits.own() <= per_image * len(IMAGES), waits


METRICS_AND_WAITS = (  # per image, and per validation; boundaries are traced on the CPU
    (dict(type="ConfusionMetric", bootstrap=10, rejected=3), 0, 1),
    (dict(type="CalibrationMetric"), 0, 1),
    (dict(type="CoverageMetric"), 0, 1),
    (dict(type="BoundaryMetric"), 1, 0),
)


def evaluated(cfg, logits, labels):
    metric = METRICS.build(cfg)
    metric.dataset_meta = dict(classes=[f"class {k}" for k in range(CLASSES)])
    for number in range(len(logits)):
        sample = dict(seg_logits=logits[number], pred_sem_seg=logits[number].argmax(0)[None])
        sample |= dict(gt_sem_seg=labels[number][None])
        sample = {key: dict(data=value) for key, value in sample.items()}
        metric.process(None, [sample | dict(img_path=f"{number}.png")])
    return metric.evaluate(len(logits))


@pytest.mark.parametrize("cfg, per_image, once", METRICS_AND_WAITS, ids=lambda v: str(v)[:24])
def test_metrics(cfg, per_image, once):
    expected = evaluated(cfg, LOGITS, LABELS)
    with fake_cuda() as waits:
        logits, labels = LOGITS.to("cuda"), LABELS.to("cuda")
        waits.clear()
        actual = evaluated(cfg, logits, labels)
    assert sum(waits.values()) == per_image * len(LOGITS) + once, waits
    assert actual.keys() == expected.keys()
    assert {k: pytest.approx(v, nan_ok=True) for k, v in expected.items()} == actual


def test_ids_outside_the_classes_are_refused_with_the_file_after_the_validation():
    wrong = LABELS.clone()
    wrong[1, 5, 5:8], wrong[1, 6, 6] = 9, 40
    with fake_cuda():
        logits, labels = LOGITS.to("cuda"), wrong.to("cuda")
        with pytest.raises(ValueError, match=r"1\.png: ground-truth ids from 9 to 40 are neither"):
            evaluated(dict(type="ConfusionMetric"), logits, labels)
        counted = evaluated(dict(type="ConfusionMetric", out_of_range="count"), logits, labels)
        more = torch.cat([logits, 9 * torch.ones(2, 1, *SIZE, device="cuda")], 1)
        with pytest.raises(ValueError, match=r"0\.png: predicted ids from 4 to 4 are outside 0\.\.3"):
            evaluated(dict(type="ConfusionMetric"), more, LABELS.to("cuda"))
    assert counted["out_of_range_pixels"] == 4


@pytest.mark.parametrize("ignore", [255, None])
def test_counts_of_a_device_are_those_of_the_cpu(ignore):
    pred, true = LOGITS.argmax(1), torch.where(LABELS == 255, 6, LABELS)
    matrix, strays = confusion_on_device(pred, true, CLASSES, ignore)
    expected = confusion_matrix(pred, true, CLASSES, ignore)
    np.testing.assert_array_equal(matrix.numpy(), expected.matrix)
    assert strays[0].tolist() == [expected.outside[6], 6, 6] and strays[1, 0] == 0


def boxes_and_scores(count):
    corner = torch.rand(count, 2, generator=GENERATOR) * 20
    boxes = torch.cat([corner, corner + 1 + torch.rand(count, 2, generator=GENERATOR) * 20], 1)
    return boxes, torch.rand(count, generator=GENERATOR)


def test_suppression_waits_neither_for_a_round_nor_for_a_box():
    chain = torch.tensor([[i, 0.0, i + 10.0, 10.0] for i in range(0, 200, 4)])  # settles one box per round
    waits = both(((chain,), lambda boxes: [greedy_keep(boxes, 0.4)]))
    assert sum(waits.values()) <= 4, waits
    for count in (20, 80):
        waits = both((boxes_and_scores(count), lambda boxes, scores: [nms(boxes, scores, 0.4)]))
        assert sum(waits.values()) == 2, waits


def test_suppression_by_groups_waits_a_few_times_per_group():
    groups = torch.arange(60) % 3
    place = (*boxes_and_scores(60), groups)
    waits = both((place, lambda boxes, scores, groups: [grouped_nms(boxes, scores, groups, 0.4)]))
    assert sum(waits.values()) <= 3 + len(groups.unique()), waits


def test_targets_of_instances_wait_once_per_image():
    def act(labels):
        found = instances_from_maps(labels, (1, 2), min_area=1)
        return found.boxes, found.labels, found.masks

    assert sum(both(((LABELS[0],), act)).values()) == 1
    iou = torch.rand(30, 5, generator=GENERATOR)
    assert not both(((iou,), lambda iou: [match_boxes(iou, 0.7, 0.3, keep_best=True)]))


def test_labels_of_a_large_image_do_not_wait():
    def act(logits):
        strip = cropped(resized(strip_of(logits), (50, 61)), 1, 2, 3, 4)
        return tiled_labels(flipped(strip, "vertical"), 7)

    assert both(((LOGITS[0],), act)).own() == 0
