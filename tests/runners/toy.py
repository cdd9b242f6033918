"""A run of a tenth of a second: a linear model, twelve points, scores that the test chooses."""

import itertools

import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.visualization import Visualizer
from torch.utils.data import Dataset

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.runners import SegRunner

COUNT = itertools.count()


class Points(Dataset):
    metainfo = dict(classes=("low", "high"))

    def __len__(self):
        return 12

    def __getitem__(self, index):
        return dict(inputs=torch.arange(2.0) + index, data_samples=torch.tensor(float(index)))


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 1, bias=False)
        self.initialised = 0

    def init_weights(self):
        self.initialised += 1
        torch.nn.init.constant_(self.linear.weight, 0.5)

    def forward(self, inputs, data_samples, mode="tensor"):
        out = self.linear(torch.stack(inputs) / 12)[:, 0]
        if mode == "loss":
            return dict(loss=(out - torch.stack(data_samples) / 12).square().mean())
        return [dict(value=value) for value in out]


class Scores(BaseMetric):
    """What it computes: the next of the given scores as `acc`, and as `loss` what is missing to 1."""

    def __init__(self, scores):
        super().__init__(prefix="toy")
        self.scores = iter(scores)

    def process(self, data_batch, data_samples):
        self.results.append(len(data_samples))

    def compute_metrics(self, results):
        score = next(self.scores)
        return dict(acc=score, loss=1 - score)


def toy(work_dir, kind=SegRunner, by_epoch=False, scores=(0.5,) * 100, checkpoint=None, **options):
    """A runner of 11 iterations or 5 epochs of 3 batches, validated after each; options replace its own."""

    def loader(shuffle):
        sampler = dict(type="DefaultSampler", shuffle=shuffle)
        return dict(dataset=Points(), batch_size=4, num_workers=0, sampler=sampler)

    length = dict(max_epochs=5) if by_epoch else dict(max_iters=11)
    settings = dict(
        model=Line(),
        work_dir=str(work_dir),
        train_dataloader=loader(True),
        val_dataloader=loader(False),
        train_cfg=dict(by_epoch=by_epoch, val_interval=1, **length),
        val_cfg=dict(),
        val_evaluator=Evaluator(Scores(scores)),
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1, momentum=0.9)),
        param_scheduler=dict(type="MultiStepLR", milestones=[3, 8], by_epoch=by_epoch),
        default_hooks=dict(checkpoint=checkpoint, logger=None, timer=None, sampler_seed=None),
        visualizer=Visualizer(name=f"toy{next(COUNT)}"),
        default_scope="mmengine",
        randomness=dict(seed=3),
        log_level="ERROR",
        experiment_name=f"toy{next(COUNT)}",
    )
    return kind(**{**settings, **options})
