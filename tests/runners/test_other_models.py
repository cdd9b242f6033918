"""Models and metrics that know no data samples, under MMEngine's own scope, as in MMEngine's tests."""

import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator

from tests.runners.toy import Line, toy


class PlainLine(Line):
    """Predicts one tensor (N,) for a batch."""

    def forward(self, inputs, data_samples, mode="tensor"):
        made = super().forward(inputs, data_samples, mode)
        return torch.stack([row["value"] for row in made]) if mode == "predict" else made


class Count(BaseMetric):
    def process(self, data_batch, data_samples):
        self.results.extend(data_samples)

    def compute_metrics(self, results):
        assert all(isinstance(value, torch.Tensor) for value in results)
        return {"rows": len(results)}


def plain(root, by_epoch=False, metric=None):
    """A runner with every hook that sees predictions."""
    hooks = [dict(type=f"mmseg.{name}") for name in ("OverlayHook", "CurvesHook", "ReportHook")]
    test = dict(dataset=toy(root).val_dataloader.dataset, batch_size=5, sampler=dict(type="DefaultSampler"))
    return toy(
        root,
        by_epoch=by_epoch,
        model=PlainLine(),
        custom_hooks=hooks,
        val_evaluator=Evaluator(Count()),
        test_dataloader=test,
        test_cfg={},
        test_evaluator=metric or dict(type=Count),
    )


@pytest.mark.parametrize("by_epoch", [False, True])
def test_plain_tensors_pass_through_training_validation_and_test(tmp_path, by_epoch):
    run = plain(tmp_path, by_epoch)
    run.train()
    assert run.val() == run.test() == {"rows": 12}


def test_a_metric_of_segmentation_says_what_it_needs(tmp_path):
    with pytest.raises(ValueError, match=r"takes data samples \(SegDataSample\), not Tensor"):
        plain(tmp_path, metric=dict(type="mmseg.ConfusionMetric")).test()
