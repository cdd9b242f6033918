"""Models and metrics that know no data samples, under MMEngine's own scope, as in MMEngine's tests."""

import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, METRICS, MODELS
from torch.utils.data import Dataset

from tests.runners.base import build


@MODELS.register_module()
class PlainModel(BaseModel):
    """Predicts a tensor (N, 1)."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 1)

    def forward(self, inputs, data_sample, mode="tensor"):
        outputs = self.linear(torch.stack(inputs))
        if mode != "loss":
            return outputs
        return {"loss": (torch.stack(data_sample)[:, None] - outputs).square().mean()}


@DATASETS.register_module()
class PlainDataset(Dataset):
    metainfo = {}

    def __len__(self):
        return 12

    def __getitem__(self, index):
        return {"inputs": torch.tensor([index, 1.0]), "data_sample": torch.tensor(1.0)}


@METRICS.register_module()
class PlainMetric(BaseMetric):
    def process(self, data_batch, data_samples):
        self.results.extend(data_samples)

    def compute_metrics(self, results):
        assert all(isinstance(value, torch.Tensor) for value in results)
        return {"acc": float(len(results))}


def runner(root, **changes):
    sampler = dict(type="DefaultSampler", shuffle=True)
    loader = dict(batch_size=3, num_workers=0, sampler=sampler, dataset=dict(type="PlainDataset"))
    config = dict(
        runner_type="SegRunner",
        default_scope="mmengine",
        work_dir=str(root),
        model=dict(type="PlainModel"),
        train_dataloader=loader,
        val_dataloader=loader,
        test_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=2, val_interval=1),
        val_cfg={},
        test_cfg={},
        optim_wrapper=dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.001)),
        val_evaluator=dict(type="PlainMetric"),
        test_evaluator=dict(type="PlainMetric"),
        visualizer=dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")]),
        custom_hooks=[dict(type=f"mmseg.{name}") for name in ("OverlayHook", "CurvesHook", "ReportHook")],
    )
    return build(Config(config | changes))


@pytest.mark.parametrize(
    "loop", [dict(by_epoch=True, max_epochs=2), dict(by_epoch=False, max_iters=8, val_interval=4)]
)
def test_plain_tensors_pass_through_training_validation_and_test(tmp_path, loop):
    run = runner(tmp_path, train_cfg=loop)
    run.train()
    assert run.iter == 8 and run.val() == run.test() == {"acc": 12.0}


def test_a_metric_of_segmentation_says_what_it_needs(tmp_path):
    run = runner(tmp_path, test_evaluator=dict(type="mmseg.ConfusionMetric"))
    with pytest.raises(ValueError, match=r"takes data samples \(SegDataSample\), not Tensor"):
        run.test()
