"""A real runner on a real, very small segmentor and random images."""

import logging

import torch
from mmengine.config import ConfigDict
from mmengine.runner import Runner
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

import seg_plugins.register  # noqa: F401  (registers)


class RandomImages(torch.utils.data.Dataset):
    """Images (3, 16, 16) whose label is whether the pixel is bright; a share is ignored."""

    METAINFO = dict(classes=("dark", "bright"), palette=[[0, 0, 0], [255, 255, 255]])

    def __init__(self, length=8, bad=()):
        self.length, self.bad, self.metainfo = length, set(bad), self.METAINFO

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        image = torch.rand(3, 16, 16, generator=generator) - 0.5
        label = (image.mean(0) > 0).long()
        label[:2] = 255
        if index in self.bad:
            image[:] = float("nan")
        meta = dict(img_path=f"image_{index}.png", ori_shape=(16, 16), img_shape=(16, 16), pad_shape=(16, 16))
        sample = SegDataSample(gt_sem_seg=PixelData(data=label[None]), metainfo=meta)
        return dict(inputs=image, data_samples=sample)


class MeanIoU:
    """Stands in for an evaluator: returns the scores it is given, one after the other."""

    def __init__(self, scores):
        self.scores = iter(scores)
        self.dataset_meta = None

    def process(self, **kwargs):
        pass

    def evaluate(self, size):
        return dict(mIoU=next(self.scores))


def model_config(loss=None, auxiliary=None):
    head = dict(
        type="FCNHead", in_channels=16, in_index=1, channels=8, num_convs=1, num_classes=2, dropout_ratio=0,
        norm_cfg=dict(type="BN"), concat_input=False, loss_decode=loss or dict(type="ExactCrossEntropyLoss"),
    )  # fmt: skip
    return dict(
        type="EncoderDecoder",
        backbone=dict(
            type="ResNet", depth=18, stem_channels=8, base_channels=8, num_stages=2, strides=(1, 1),
            dilations=(1, 1), out_indices=(0, 1), norm_cfg=dict(type="BN"),
        ),
        decode_head=head,
        auxiliary_head=auxiliary and dict(head, in_channels=8, in_index=0, loss_decode=auxiliary),
        data_preprocessor=dict(type="SegDataPreProcessor", size=(16, 16)),
        train_cfg=dict(),
        test_cfg=dict(mode="whole"),
    )  # fmt: skip


def tiny_runner(work_dir, iters=4, hooks=(), val_interval=None, scores=(), bad=(), **kwargs):
    """A runner of `iters` iterations of batch 2; keyword arguments replace those of `Runner`."""
    options = dict(
        model=model_config(),
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=RandomImages(bad=bad), batch_size=2, sampler=dict(type="InfiniteSampler", shuffle=False),
            collate_fn=dict(type="pseudo_collate"),
        ),
        train_cfg=dict(type="IterBasedTrainLoop", max_iters=iters, val_interval=val_interval or iters + 1),
        optim_wrapper=dict(
            type="AutocastOptimWrapper", dtype="float32", optimizer=dict(type="SGD", lr=0.1, momentum=0.9)
        ),
        custom_hooks=list(hooks),
        default_hooks=dict(
            logger=dict(type="LoggerHook", interval=1, log_metric_by_epoch=False), checkpoint=None
        ),
        log_processor=dict(by_epoch=False, window_size=1),
        randomness=dict(seed=0),
        default_scope="mmseg",
        experiment_name=f"tiny-{abs(hash(str(work_dir)))}",
    )  # fmt: skip
    if val_interval:
        options |= dict(
            val_dataloader=dict(
                dataset=RandomImages(4), batch_size=1, sampler=dict(type="DefaultSampler", shuffle=False),
                collate_fn=dict(type="pseudo_collate"),
            ),
            val_cfg=dict(type="ValLoop"),
            val_evaluator=dict(type="IoUMetric", iou_metrics=["mIoU"]),
        )  # fmt: skip
    options |= kwargs
    runner = Runner(**{k: ConfigDict(v) if isinstance(v, dict) else v for k, v in options.items()})
    runner.logger.setLevel(logging.INFO)
    if scores:
        runner.val_loop.evaluator = MeanIoU(scores)
    return runner


def weights(runner):
    """All parameters as one vector."""
    return torch.cat([p.detach().flatten() for p in runner.model.parameters()])


def log_text(runner):
    """Everything the run logged to its file."""
    from pathlib import Path

    return "".join(p.read_text() for p in Path(runner.work_dir).rglob("*.log"))
