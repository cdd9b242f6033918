import tracemalloc

import cv2
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import PixelData
from mmseg.evaluation import IoUMetric
from mmseg.registry import METRICS, TRANSFORMS
from mmseg.structures import SegDataSample
from sklearn.metrics import accuracy_score, cohen_kappa_score, fbeta_score, jaccard_score
from torchmetrics.classification import MulticlassConfusionMatrix, MulticlassJaccardIndex

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.metrics.confusion_metric import ConfusionMetric, global_scores
from seg_plugins.ops.confusion import class_areas

CLASSES = ("road", "car", "sky", "tree")
META = dict(classes=CLASSES)
GROUPS = ["mIoU", "mDice", "mFscore"]


def sample(pred, true, name="a.png", **meta):
    return dict(
        pred_sem_seg=dict(data=torch.as_tensor(pred)[None]),
        gt_sem_seg=dict(data=torch.as_tensor(true)[None]),
        img_path=name,
        seg_map_path=name.replace(".png", "_label.png"),
        **meta,
    )


def images(count=6, seed=0, size=(24, 31)):
    rng = np.random.default_rng(seed)
    for i in range(count):
        true = rng.integers(0, 4, size)
        pred = np.where(rng.random(size) < 0.6, true, rng.integers(0, 4, size))
        true[rng.random(size) < 0.1] = 255
        yield sample(pred, true, f"{i}.png")


def evaluate(metric, samples):
    metric.dataset_meta = META
    samples = list(samples)
    for one in samples:
        metric.process(None, [one])
    return metric.evaluate(len(samples))


def pixels(samples):
    pairs = [(s["gt_sem_seg"]["data"].flatten(), s["pred_sem_seg"]["data"].flatten()) for s in samples]
    true, pred = (torch.cat(v).numpy() for v in zip(*pairs, strict=True))
    return true[true != 255], pred[true != 255]


def test_against_scikit_learn():
    results = evaluate(ConfusionMetric(beta=2), images())
    true, pred = pixels(images())
    expected = {
        "aAcc": accuracy_score(true, pred),
        "kappa": cohen_kappa_score(true, pred),
        "mIoU": jaccard_score(true, pred, average="macro"),
        "fwIoU": jaccard_score(true, pred, average="weighted"),
        "mDice": fbeta_score(true, pred, beta=1, average="macro"),
        "mFscore": fbeta_score(true, pred, beta=2, average="macro"),
    }
    for key, value in expected.items():
        assert results[key] == pytest.approx(100 * value, abs=1e-9), key
    for name, value in zip(CLASSES, jaccard_score(true, pred, average=None), strict=True):
        assert results[f"IoU.{name}"] == pytest.approx(100 * value, abs=1e-9)


def test_against_torchmetrics():
    metric = ConfusionMetric()
    results = evaluate(metric, images())
    true, pred = map(torch.from_numpy, pixels(images()))
    assert results["mIoU"] == pytest.approx(100 * MulticlassJaccardIndex(4)(pred, true).item(), abs=1e-4)
    np.testing.assert_array_equal(metric.matrix, MulticlassConfusionMatrix(4)(pred, true))


def test_against_upstream_values_and_published_keys():
    ours = ConfusionMetric(iou_metrics=GROUPS)
    theirs = IoUMetric(iou_metrics=GROUPS, prefix="up")
    results = evaluate(ours, images())
    published = evaluate(theirs, images())
    intersect, pred, true = (torch.from_numpy(a).double() for a in class_areas(ours.matrix))
    exact = IoUMetric.total_area_to_metrics(intersect, pred + true - intersect, pred, true, GROUPS)
    assert set(published) <= {f"up/{k}" for k in results}
    for key, value in published.items():
        assert results[key[3:]] == pytest.approx(float(value), abs=0.0051), key
    for name, values in exact.items():
        if name == "aAcc":
            assert results["aAcc"] == pytest.approx(100 * float(values), abs=1e-6)
            continue
        for c, value in zip(CLASSES, values, strict=True):
            assert results[f"{name}.{c}"] == pytest.approx(100 * float(value), abs=1e-4 * 1e-2), (name, c)


def test_takes_every_argument_of_upstream():
    config = dict(
        ignore_index=255,
        iou_metrics=["mIoU"],
        nan_to_num=0,
        beta=1,
        collect_device="cpu",
        output_dir=None,
        format_only=False,
        prefix=None,
    )
    METRICS.build(dict(type="IoUMetric", **config))
    assert METRICS.build(dict(type="ConfusionMetric", **config)).metrics == ["mIoU"]


def test_absent_and_falsely_predicted_classes():
    true, pred = np.array([[0, 0, 1, 1]]), np.array([[0, 0, 1, 3]])
    results = evaluate(ConfusionMetric(), [sample(pred, true)])
    assert results["absent_classes"] == ["sky"]
    assert "IoU.sky" not in results
    assert results["IoU.tree"] == 0
    assert results["mIoU"] == pytest.approx(100 * (1 + 0.5 + 0) / 3)
    assert results["mFscore"] == pytest.approx(results["mDice"])
    assert results["mAcc"] == pytest.approx(75)  # over the classes that are true somewhere
    assert not any(isinstance(v, float) and np.isnan(v) for v in results.values())


def test_class_names_are_no_markup_of_the_table():
    metric, true = ConfusionMetric(), np.array([[0, 1, 2, 3]])
    metric.dataset_meta = dict(classes=("[/b]", "[red]", "a[0]", "="))
    metric.process(None, [sample(true, true)])
    assert metric.evaluate(1)["IoU.[/b]"] == 100


def test_nan_to_num_counts_absent_classes():
    true = np.array([[0, 0, 1, 1]])
    results = evaluate(ConfusionMetric(iou_metrics="mIoU", nan_to_num=0), [sample(true, true)])
    assert results["mIoU"] == 50


def test_ids_outside_raise_with_file_and_id():
    true = np.array([[0, 7, 1, 9]])
    with pytest.raises(ValueError, match=r"x_label\.png: ground-truth ids \[7, 9\].*0\.\.3.*255.*count"):
        evaluate(ConfusionMetric(), [sample(np.zeros_like(true), true, "x.png")])


def test_ids_outside_are_counted_on_request():
    true = np.array([[0, 7, 1, 9]])
    results = evaluate(ConfusionMetric(out_of_range="count"), [sample(np.array([[0, 0, 1, 1]]), true)])
    assert results["out_of_range_pixels"] == 2
    assert results["mIoU"] == 100


def test_predictions_outside_raise_with_file():
    with pytest.raises(ValueError, match=r"x_label\.png: predicted ids \[6\]"):
        evaluate(ConfusionMetric(), [sample(np.array([[6]]), np.array([[0]]), "x.png")])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(iou_metrics=["mIOU"]), "mIOU"),
        (dict(out_of_range="ignore"), "ignore"),
        (dict(format_only=True), "output_dir"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        ConfusionMetric(**arguments)


def test_reduce_zero_label_from_file_to_score(tmp_path):
    """ADE20K and LoveDA: 0 in the file is no class, 1 the first class; written maps are shifted back."""
    label = np.array([[0, 1, 1, 2], [3, 4, 0, 0]], np.uint8)
    cv2.imwrite(str(tmp_path / "label.png"), label)
    load = TRANSFORMS.build(dict(type="LoadAnnotations"))
    loaded = load(dict(seg_map_path=str(tmp_path / "label.png"), reduce_zero_label=True, seg_fields=[]))
    pred = np.array([[3, 0, 0, 1], [2, 3, 3, 3]])
    one = sample(pred, loaded["gt_seg_map"].astype(np.int64), "s.png", reduce_zero_label=True)
    results = evaluate(ConfusionMetric(output_dir=str(tmp_path / "out")), [one])
    assert results["mIoU"] == 100
    assert results["aAcc"] == 100
    written = cv2.imread(str(tmp_path / "out" / "s.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(written, pred + 1)


def test_format_only_needs_no_ground_truth(tmp_path):
    one = sample(np.array([[1, 2]]), np.array([[0, 0]]))
    del one["gt_sem_seg"]
    assert evaluate(ConfusionMetric(format_only=True, output_dir=str(tmp_path)), [one]) == {}
    assert cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED).tolist() == [[1, 2]]


def test_maps_of_one_name_do_not_overwrite_one_another(tmp_path):
    pair = [sample(np.array([[1, 2]]), np.array([[0, 0]]), f"{folder}/s.png") for folder in "ab"]
    with pytest.raises(ValueError, match=r"s\.png: a/s\.png and b/s\.png would share it.*--out"):
        evaluate(ConfusionMetric(format_only=True, output_dir=str(tmp_path)), pair)


def test_a_sample_without_ground_truth_is_named():
    one = sample(np.array([[1, 2]]), np.array([[0, 0]]), "s.png")
    del one["gt_sem_seg"]
    with pytest.raises(ValueError, match=r"s_label\.png: there is no gt_sem_seg to compare: add its label"):
        evaluate(ConfusionMetric(), [one])
    with pytest.raises(ValueError, match=r"takes data samples \(SegDataSample\), not Tensor"):
        evaluate(ConfusionMetric(), [torch.zeros(1, 2, 2)])


def test_prefix_and_reset():
    metric = ConfusionMetric(prefix="val")
    first = evaluate(metric, images(2))
    assert all(k.startswith("val/") for k in first)
    assert evaluate(metric, images(2)) == first


def test_through_the_evaluator_with_float_maps_of_a_sigmoid_head():
    evaluator = Evaluator([METRICS.build(dict(type="ConfusionMetric", iou_metrics=["mIoU"]))])
    evaluator.dataset_meta = dict(classes=("back", "front"))
    true = torch.tensor([[[0, 1, 1, 255]]])
    data = SegDataSample(gt_sem_seg=PixelData(data=true), pred_sem_seg=PixelData(data=(true > 0).float()))
    evaluator.process([data])
    assert evaluator.evaluate(1)["mIoU"] == 100


def test_class_names_are_no_markup(caplog):
    metric = ConfusionMetric(iou_metrics=["mIoU"])
    names = ("[/red]", "[bold]x", "$a$", "\\")
    metric.dataset_meta = dict(classes=names)
    for one in images(1):
        metric.process(None, [one])
    with caplog.at_level("INFO"):
        MMLogger.get_current_instance().addHandler(caplog.handler)
        results = metric.evaluate(1)
        MMLogger.get_current_instance().removeHandler(caplog.handler)
    assert all(name in caplog.text and f"IoU.{name}" in results for name in names)


def test_padding_samplers_are_noticed(caplog):
    metric = ConfusionMetric()
    metric.dataset_meta = META
    metric.process(None, list(images(3)))
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    metric.evaluate(2)
    logger.removeHandler(caplog.handler)
    assert "3 images counted but the data set has 2" in caplog.text


def test_memory_does_not_grow():
    metric = ConfusionMetric()
    metric.dataset_meta = META
    batch = list(images(1))
    metric.process(None, batch)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(500):
        metric.process(None, batch)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 10_000


def test_bootstrap_interval_holds_the_score_and_records_are_kept():
    metric = ConfusionMetric(iou_metrics="mIoU", bootstrap=300)
    results = evaluate(metric, images(12))
    assert results["mIoU_low"] < results["mIoU"] < results["mIoU_high"]
    assert [name for name, _ in metric.records] == [f"{i}.png" for i in range(12)]
    np.testing.assert_array_equal(sum(a for _, a in metric.records), class_areas(metric.matrix))


def test_global_scores_of_nothing_are_undefined():
    assert all(np.isnan(v) for v in global_scores(np.zeros((3, 3), np.int64)).values())
