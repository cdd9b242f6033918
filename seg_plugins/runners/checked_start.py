"""A runner that checks its settings before it builds, and model and loaders before the first step."""

import inspect
from collections.abc import Iterator
from typing import Any

from mmengine.device import get_device
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from torch import nn

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

__all__ = ["CheckedStart"]


class CheckedStart:
    """Mixin that raises ValueError naming the key of a wrong setting; list it before the runner class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._reverted = 0
        signature = inspect.signature(Runner.__init__)
        check_settings(signature.bind_partial(self, *args, **kwargs).arguments)
        super().__init__(*args, **kwargs)
        if self._reverted:
            self.logger.info(
                f"SyncBN: {self._reverted} layers act as BN, over the images of one process, since there is "
                f"{'no GPU' if self.distributed else 'one process'}"
            )
        for part in ("train", "val", "test"):
            if idle := idle_worker_options(self.loader_of(part)):
                self.logger.info(f"{part}_dataloader.num_workers=0: without effect is {', '.join(idle)}")

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Distribute the model, unless it has nothing to train, which DistributedDataParallel refuses.

        SyncBN becomes BN where there is nothing to synchronise with, and on CPUs, which cannot.
        """
        synchronised = sum(isinstance(module, nn.SyncBatchNorm) for module in model.modules())
        if synchronised and (not self.distributed or get_device() == "cpu"):
            self._reverted, model = synchronised, revert_sync_batchnorm(model)
        if not any(parameter.requires_grad for parameter in model.parameters()):
            return model.to(get_device())
        return super().wrap_model(model_wrapper_cfg, model)

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the training loop; refuse a loader without a batch, or an endless one for epochs."""
        built = super().build_train_loop(loop)
        if isinstance(built, EpochBasedTrainLoop):
            check_ends(
                built.dataloader,
                "train_dataloader",
                "ExactEpochSampler, or train_cfg.type='ExactIterTrainLoop'",
            )
        check_train_loader(built.dataloader)
        return built

    def build_val_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the validation loop; refuse a loader that is endless or empty."""
        built = super().build_val_loop(loop)
        check_ends(built.dataloader, "val_dataloader")
        check_has_batches(built.dataloader, "val_dataloader")
        return built

    def build_test_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the test loop; refuse a loader that is endless or empty."""
        built = super().build_test_loop(loop)
        check_ends(built.dataloader, "test_dataloader")
        check_has_batches(built.dataloader, "test_dataloader")
        return built

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call the hooks; check the model before the training's first hook, and the training after it."""
        starts = fn_name == "before_train" and self._has_steps()
        if starts:
            self._check_model()
        super().call_hook(fn_name, **kwargs)
        if starts:
            self._check_training()

    def _has_steps(self) -> bool:
        if self.iter > 0 and (word := remaining_work(self)) is not None:
            self.logger.warning(word)
            return False
        return isinstance(self.train_loop, EpochBasedTrainLoop | IterBasedTrainLoop)

    def _check_model(self) -> None:
        model = unwrapped(self.model)
        check_levels(model)
        check_crop(model)
        check_class_weights(model)
        check_class_count(model, set(transform_names(self.train_dataloader.dataset)))
        for name in check_loss_names(model):
            self.logger.warning(f"{name}: logged but not trained, since it has no 'loss' in it")

    def _check_training(self) -> None:
        check_learns(unwrapped(self.model))
        if (word := schedule_end(self)) is not None:
            self.logger.warning(word)


def transform_names(dataset: Any) -> Iterator[str]:
    """Yield the type names of the transforms of a data set, also inside wrappers."""
    for transform in getattr(getattr(dataset, "pipeline", None), "transforms", ()):
        yield type(transform).__name__
    for inner in [getattr(dataset, "dataset", None), *(getattr(dataset, "datasets", None) or ())]:
        if inner is not None:
            yield from transform_names(inner)
