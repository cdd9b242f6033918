"""Checks of a run: its settings before it is built, model and loaders before the first step."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmengine.device import get_device
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from torch import nn

from seg_plugins.datasets.multi_source_dataset import validated_sources
from seg_plugins.loops.loader_checks import check_ends, check_has_batches, check_train_loader
from seg_plugins.ops.unwrapping import unwrapped

from .model_checks import (
    check_class_count,
    check_class_weights,
    check_crop,
    check_learns,
    check_levels,
    check_loss_names,
)
from .resumed_settings import remaining_work, schedule_end
from .settings import check_settings, idle_worker_options
from .upstream import OpenRunner

__all__ = ["StartChecks", "check_arguments"]


def check_arguments(runner: Runner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse arguments of a Runner that can only be wrong.

    Raises:
        ValueError: With the key.
    """
    check_settings(inspect.signature(Runner.__init__).bind_partial(runner, *args, **kwargs).arguments)


class StartChecks:
    """Looks at the parts of a run as they are built, and at model and loaders before the first step.

    What can only be wrong raises ValueError with its key; what is likely to be is logged.
    """

    def __init__(self, runner: OpenRunner) -> None:
        self.runner = runner
        self.plain_norms = 0

    def with_plain_norms(self, model: nn.Module) -> nn.Module:
        """Turn SyncBN into BN where there is nothing to synchronise with, and on CPUs, which cannot."""
        synchronised = sum(isinstance(module, nn.SyncBatchNorm) for module in model.modules())
        if not synchronised or (self.runner.distributed and get_device() != "cpu"):
            return model
        self.plain_norms = synchronised
        return revert_sync_batchnorm(model)

    def say_plain_norms(self) -> None:
        """Log once that SyncBN acts as BN."""
        if self.plain_norms:
            reason = "no GPU" if self.runner.distributed else "one process"
            words = (
                f"SyncBN: {self.plain_norms} layers act as BN, over the images of one process, since there is"
            )
            self.runner.logger.info(f"{words} {reason}")

    def say_idle_options(self) -> None:
        """Log which options of the loaders have no effect."""
        for part in ("train", "val", "test"):
            if idle := idle_worker_options(self.runner.loader_of(part)):
                words = f"{part}_dataloader.num_workers=0: without effect is {', '.join(idle)}"
                self.runner.logger.info(words)

    @staticmethod
    def train_loop(loop: BaseLoop) -> BaseLoop:
        """Refuse a loader without a batch, or without end where epochs count; returns the loop."""
        if isinstance(loop, EpochBasedTrainLoop):
            remedy = "ExactEpochSampler, or train_cfg.type='ExactIterTrainLoop'"
            check_ends(loop.dataloader, "train_dataloader", remedy)
        check_train_loader(loop.dataloader)
        return loop

    @staticmethod
    def evaluation_loop(loop: BaseLoop, part: str) -> BaseLoop:
        """Refuse a loader of "val" or "test" without an end or a beginning; returns the loop."""
        check_ends(loop.dataloader, f"{part}_dataloader")
        check_has_batches(loop.dataloader, f"{part}_dataloader")
        return loop

    @contextmanager
    def around_first_hooks(self) -> Iterator[None]:
        """Check before the training's first hooks what they rehearse, and afterwards what they left."""
        if not self._has_steps():
            yield
            return
        self._check_model()
        yield
        check_learns(unwrapped(self.runner.model))
        if (word := schedule_end(self.runner)) is not None:
            self.runner.logger.warning(word)

    def _has_steps(self) -> bool:
        if self.runner.iter > 0 and (word := remaining_work(self.runner)) is not None:
            self.runner.logger.warning(word)
            return False
        return isinstance(self.runner.train_loop, EpochBasedTrainLoop | IterBasedTrainLoop)

    def _check_model(self) -> None:
        model = unwrapped(self.runner.model)
        check_levels(model)
        check_crop(model)
        check_class_weights(model)
        check_class_count(model, set(transform_names(self.runner.train_dataloader.dataset)))
        val_loader = getattr(self.runner.val_loop, "dataloader", None)
        for word in validated_sources(
            self.runner.train_dataloader.dataset, getattr(val_loader, "dataset", None)
        ):
            self.runner.logger.warning(word)
        for name in check_loss_names(model):
            self.runner.logger.warning(f"{name}: logged but not trained, since it has no 'loss' in it")


def transform_names(dataset: Any) -> Iterator[str]:
    """Yield the type names of the transforms of a data set, also inside wrappers."""
    for transform in getattr(getattr(dataset, "pipeline", None), "transforms", ()):
        yield type(transform).__name__
    for inner in [getattr(dataset, "dataset", None), *(getattr(dataset, "datasets", None) or ())]:
        if inner is not None:
            yield from transform_names(inner)
