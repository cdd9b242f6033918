"""Training by epochs that resumes exactly, within an epoch too."""

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

    A run that was ended within an epoch goes on within it; a validation that was due at the checkpoint is
    made up for. With another number of batches an epoch (other batch size, processes or images), a run goes
    on from the end of an epoch, and not within one.

    The arguments are upstream's.

    Attributes:
        epoch_start: Iteration at which the present epoch began.
        epoch_length: Batches of an epoch when that was recorded.
    """

    stops_by_itself = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validated_iter = 0
        self.epoch_start = 0
        self.epoch_length = len(self.dataloader)

    def position(self, epoch: int, iteration: int) -> dict[str, int]:
        """Return what a checkpoint of that epoch and iteration has to record beside them."""
        start = self.epoch_start if epoch == self._epoch else iteration
        return dict(epoch_start=start, epoch_length=self.epoch_length)

    def go_to(self, meta: dict[str, int]) -> None:
        """Take up the position of a checkpoint.

        Args:
            meta: Its `epoch` and `iter`, and what `position` returned; older files lack that.

        Raises:
            ValueError: It stands within an epoch of another length.
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
                "the batch size, number of processes and images of before, or start from its weights by "
                "load_from without --resume"
            )
        self.runner.logger.warning(f"{lengths}: the next epoch begins with its first batch")

    def run(self) -> nn.Module:
        """Train to the end, from wherever the run stands."""
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
        """One epoch, or what is left of it.

        Raises:
            ValueError: The sampler cannot start within an epoch.
        """
        self.runner.call_hook("before_train_epoch")
        self.runner.model.train()
        count = len(self.dataloader)
        done = self._iter - self.epoch_start
        if done == self.epoch_length:  # that is all of them: saved by iteration, at the last of the epoch
            self._end_epoch()
            return
        self.epoch_length = count
        if not skip_within_epoch(self.dataloader, self._epoch, done):
            raise ValueError(
                f"{type(self.dataloader.sampler).__name__} cannot go on within an epoch ({done} of {count} "
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
        """One step."""
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
