"""What would fail at the first validation fails before the first step."""

import copy
import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import Runner
from mmengine.utils import is_list_of
from mmseg.registry import HOOKS
from torch import Tensor, nn
from torch.utils.data import DataLoader

from seg_plugins.loops.val_loss_loop import ValLossLoop
from seg_plugins.ops.unwrapping import unwrapped

__all__ = ["PreflightHook", "check_class_ids", "first_batch", "unchanged_modes", "unchanged_random"]


@contextmanager
def unchanged_random() -> Iterator[None]:
    """Leave the random states of Python, NumPy and PyTorch (CUDA's too) as they were before the block."""
    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)


@contextmanager
def unchanged_modes(model: nn.Module) -> Iterator[None]:
    """Run the block in evaluation mode; afterwards each module is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def quiet(logger: logging.Logger) -> Iterator[None]:
    """Let only errors through: the table of one batch would be taken for a result."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def first_batch(loader: DataLoader) -> Any:
    """The first batch of a loader, read in this process, so that no worker starts early."""
    indices = next(iter(loader.batch_sampler))
    return loader.collate_fn([loader.dataset[index] for index in indices])


def check_class_ids(labels: Tensor, num_classes: int, ignore_index: int, source: str) -> None:
    """Check that a class map holds classes and the ignored id only.

    Args:
        labels: Integer ids of any shape.
        num_classes: K; valid ids are 0..K-1.
        ignore_index: The id that losses and metrics leave out.
        source: The file that the message names.

    Raises:
        ValueError: Other ids are there.
    """
    wrong = labels[((labels < 0) | (labels >= num_classes)) & (labels != ignore_index)]
    if wrong.numel():
        ids, counts = wrong.unique(return_counts=True)
        shown = ", ".join(
            f"{i} ({n} pixels)" for i, n in zip(ids[:5].tolist(), counts[:5].tolist(), strict=True)
        )
        raise ValueError(
            f"{source}: class ids out of range: {shown}. {num_classes} classes have ids 0..{num_classes - 1},"
            f" {ignore_index} is ignored. Correct the masks, num_classes, or reduce_zero_label"
        )


@HOOKS.register_module()
class PreflightHook(Hook):
    """Take one validation batch through model and metric before iteration 1, and check the first masks.

    Nothing is counted: the metric is a copy, random states and module modes are put back. The batch is read
    in the training process. A model that says it cannot predict before it is fitted (`is_fitted`) is not
    rehearsed. `save_best` of the checkpoint hook is looked up among the metric's results.

    Args:
        batches: Training batches whose class ids are checked before they reach the loss.
    """

    priority = "VERY_LOW"

    def __init__(self, batches: int = 20) -> None:
        self.batches = batches
        self.seen = 0

    def before_train(self, runner: Runner) -> None:
        """Rehearse the first validation.

        Raises:
            Exception: Whatever it raises, with a note that says where it comes from.
        """
        self.seen = 0
        model = unwrapped(runner.model)
        if runner.val_loop is None or not getattr(model, "is_fitted", True):
            return
        start = time.perf_counter()
        try:
            with unchanged_random(), torch.no_grad(), quiet(runner.logger):
                metrics = self.rehearse(runner)
        except Exception as error:
            error.add_note("(raised before iteration 1 by PreflightHook, on the first validation batch)")
            raise
        self.check_save_best(runner, metrics)
        runner.logger.info(f"preflight: one validation batch passed in {time.perf_counter() - start:.1f} s")

    @staticmethod
    def rehearse(runner: Runner) -> dict[str, Any]:
        """The metrics of one batch, in a copy of the evaluator."""
        loop = runner.val_loop
        batch = first_batch(loop.dataloader)
        evaluator = copy.deepcopy(loop.evaluator)
        with unchanged_modes(runner.model):
            outputs = runner.model.val_step(batch)
        evaluator.process(data_samples=outputs, data_batch=batch)
        return evaluator.evaluate(len(outputs) * runner.world_size)

    @staticmethod
    def check_save_best(runner: Runner, metrics: dict[str, Any]) -> None:
        """Raise ValueError where the checkpoint hook waits for a metric that never comes."""
        losses = isinstance(runner.val_loop, ValLossLoop)
        for hook in runner.hooks:
            wanted = getattr(hook, "save_best", None) if isinstance(hook, CheckpointHook) else None
            for key in [wanted] if isinstance(wanted, str) else wanted or ():
                known = key == "auto" or key in metrics or (losses and key.startswith("val/loss"))
                if not known:
                    raise ValueError(
                        f"default_hooks.checkpoint.save_best={key!r} is not among the metrics"
                        f" of val_evaluator: {', '.join(metrics)}"
                    )

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None) -> None:
        """Check the class ids of the first batches."""
        if self.seen >= self.batches or not isinstance(data_batch, dict):
            return
        self.seen += 1
        model = unwrapped(runner.model)
        heads = getattr(model, "decode_head", None)
        head = heads[-1] if isinstance(heads, nn.ModuleList) else heads
        samples = data_batch.get("data_samples")
        if not hasattr(head, "num_classes") or not is_list_of(samples, object):
            return
        for sample in samples:
            if "gt_sem_seg" in sample:
                source = sample.metainfo.get("seg_map_path") or sample.metainfo.get("img_path", "a mask")
                ignore = getattr(head, "ignore_index", 255)
                check_class_ids(sample.gt_sem_seg.data, head.num_classes, ignore, source)
