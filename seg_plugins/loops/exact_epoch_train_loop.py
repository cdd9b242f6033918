"""Training by epochs that resumes exactly, even within an epoch."""

from collections.abc import Sequence
from typing import Any

from mmengine.runner import EpochBasedTrainLoop
from mmseg.registry import LOOPS
from torch import nn

from .batches import end_if_asked, seed_step, skip_within_epoch

__all__ = ["ExactEpochTrainLoop"]


@LOOPS.register_module()
class ExactEpochTrainLoop(EpochBasedTrainLoop):
    """Upstream's ``EpochBasedTrainLoop``; every step follows from (weights, seed, epoch, iteration).

    A run that ended within an epoch continues within it, and a validation that was due at the checkpoint is
    run first. If an epoch now has another number of batches (other batch size, processes or images), a run
    can continue only from the end of an epoch.

    The arguments are upstream's.

    Attributes:
        epoch_start: Iteration at which the current epoch started.
        epoch_length: Number of batches per epoch when that was recorded.
    """

    stops_by_itself = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validated_iter = 0
        self.epoch_start = 0
        self.epoch_length = len(self.dataloader)

    def position(self, epoch: int, iteration: int) -> dict[str, int]:
        """Return the values that a checkpoint has to record besides its epoch and iteration."""
        start = self.epoch_start if epoch == self._epoch else iteration
        return dict(epoch_start=start, epoch_length=self.epoch_length)

    def go_to(self, meta: dict[str, int]) -> None:
        """Move to the position of a checkpoint.

        Args:
            meta: Its `epoch` and `iter`, and the result of `position`, which older files lack.

        Raises:
            ValueError: The checkpoint lies within an epoch of another length.
        """
        count = len(self.dataloader)
        self._epoch, self._iter = meta["epoch"], meta["iter"]
        self.epoch_length = meta.get("epoch_length", count)
        self.epoch_start = meta.get("epoch_start", self._epoch * self.epoch_length)
        if self.epoch_length == count:
            return
        lengths = f"an epoch has {count} batches, and had {self.epoch_length} in the run that is resumed"
        if 0 < self._iter - self.epoch_start < self.epoch_length:
            raise ValueError(
                f"{lengths}, which ended within one, at batch {self._iter - self.epoch_start}: resume with "
                "the same batch size, number of processes and images as before, or start from its weights "
                "by load_from without --resume"
            )
        self.runner.logger.warning(f"{lengths}: the next epoch begins with its first batch")

    def run(self) -> nn.Module:
        """Train to the end from the current position."""
        self.runner.call_hook("before_train")
        if self._iter > 0 and self._iter == self.epoch_start:
            self._validate_if_due()
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._validate_if_due()
            end_if_asked(self.runner)
        self.runner.call_hook("after_train")
        return self.runner.model

    def run_epoch(self) -> None:
        """Run an epoch, or the rest of it.

        Raises:
            ValueError: The sampler cannot start within an epoch.
        """
        self.runner.call_hook("before_train_epoch")
        self.runner.model.train()
        count = len(self.dataloader)
        done = self._iter - self.epoch_start
        if done == self.epoch_length:  # the epoch is complete: saved by iteration, at its last one
            self._end_epoch()
            return
        self.epoch_length = count
        if not skip_within_epoch(self.dataloader, self._epoch, done):
            raise ValueError(
                f"{type(self.dataloader.sampler).__name__} cannot start within an epoch ({done} of {count} "
                "batches are done): use ExactEpochSampler, or resume from a checkpoint of the end of an epoch"
            )
        for index, batch in enumerate(self.dataloader, start=done):
            self.run_iter(index, batch)
            if index + 1 < count:
                end_if_asked(self.runner)
        self._end_epoch()

    def _end_epoch(self) -> None:
        self.runner.call_hook("after_train_epoch")
        self._epoch += 1
        self.epoch_start, self.epoch_length = self._iter, len(self.dataloader)

    def run_iter(self, idx: int, data_batch: Sequence[dict]) -> None:
        """Run one step."""
        seed_step(self.runner.seed, self._iter)
        super().run_iter(idx, data_batch)

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        due = self._epoch % self.val_interval == 0 or self._epoch == self._max_epochs
        if self.runner.val_loop is None or not due or self._epoch < self.val_begin:
            return
        if self.validated_iter != self._iter:
            self.runner.val_loop.run()
            self.validated_iter = self._iter
