import numpy as np

from seg_plugins.metrics.summed_metric import SummedMetric, label_path, per_class


class PixelCount(SummedMetric):
    def state_size(self):
        return 2

    def measure(self, sample):
        return np.array([sample["pixels"], 1.0])

    def scores(self, total):
        return {"mean": total[0] / total[1] if total[1] else float("nan")}


def test_sums_over_batches_and_starts_anew():
    metric = PixelCount()
    metric.process(None, [dict(pixels=3), dict(pixels=5)])
    metric.process(None, [dict(pixels=7)])
    assert metric.evaluate(3) == {"mean": 5}
    assert np.isnan(metric.evaluate(0)["mean"])


def test_prefix_and_offline_form():
    metric = PixelCount(prefix="x")
    metric.process(None, [dict(pixels=3)])
    assert metric.evaluate(1) == {"x/mean": 3}
    assert metric.compute_metrics([np.array([2.0, 1]), np.array([4.0, 1])]) == {"mean": 3}


def test_undefined_classes_give_no_scalar():
    assert per_class("IoU", np.array([1, np.nan]), ("a", "b")) == {"IoU.a": 1.0}


def test_the_label_file_is_named_before_the_image():
    assert label_path(dict(seg_map_path="l.png", img_path="i.png")) == "l.png"
    assert label_path(dict(seg_map_path=None, img_path="i.png")) == "i.png"
    assert label_path({}) == "image without a path"
