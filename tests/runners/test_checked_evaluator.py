import copy

import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from seg_plugins.metrics import ConfusionMetric
from seg_plugins.runners.checked_evaluator import CheckedEvaluator
from tests.runners.toy import toy


def evaluator():
    built = CheckedEvaluator([ConfusionMetric()])
    built.dataset_meta = dict(classes=("a", "b"))
    return built


def sample(name, **fields):
    labels = torch.zeros(1, 4, 4, dtype=torch.int64)
    made = SegDataSample(metainfo=dict(img_path=name))
    for key, data in (dict(pred_sem_seg=labels, gt_sem_seg=labels) | fields).items():
        setattr(made, key, PixelData(data=data))
    return made


@pytest.mark.parametrize("field, channels", [("seg_logits", 2), ("pred_confidence", 1)])
def test_the_image_whose_scores_are_nan_is_named(field, channels):
    good, bad = torch.rand(channels, 4, 4), torch.full((channels, 4, 4), torch.nan)
    batch = [sample("a.png", **{field: good}), sample("dir/b.png", **{field: bad})]
    with pytest.raises(ValueError, match=r"^dir/b\.png: the model's scores are not finite"):
        copy.deepcopy(evaluator()).process(batch)
    evaluator().process(batch[:1])


def test_the_scores_are_upstreams_and_samples_without_scores_pass():
    checked, plain = evaluator(), Evaluator([ConfusionMetric()])
    plain.dataset_meta = dict(classes=("a", "b"))
    batch = [sample("a.png"), sample("b.png", seg_logits=torch.rand(2, 4, 4))]
    for one in (checked, plain):
        one.process(batch)
        one.process([batch[0].to_dict()])
    assert str(checked.evaluate(3)) == str(plain.evaluate(3))  # kappa is nan


def test_predictions_that_are_no_samples_reach_the_metric_as_they_are():
    class Keep(BaseMetric):
        def process(self, data_batch, data_samples):
            self.results.extend(data_samples)

        def compute_metrics(self, results):
            return {"rows": len(results)}

    checked = CheckedEvaluator([Keep()])
    for plain in (torch.full((4, 1), torch.nan), [torch.zeros(2), "text", 3]):
        checked.process(plain)
    assert checked.evaluate(7) == {"rows": 7}


def test_an_evaluator_that_is_built_already_is_used_as_it_is(tmp_path):
    runner = toy(tmp_path)
    given = Evaluator([ConfusionMetric()])
    assert runner.build_evaluator(given) is given
    assert type(runner.build_evaluator([dict(type="mmseg.ConfusionMetric")])) is CheckedEvaluator
