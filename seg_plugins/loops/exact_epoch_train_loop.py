"""Training by epochs that resumes exactly, within an epoch too."""

from collections.abc import Sequence
from typing import Any

from mmengine.runner import EpochBasedTrainLoop
from mmseg.registry import LOOPS
from torch import nn

from .batches import seed_step, skip_within_epoch

__all__ = ["ExactEpochTrainLoop"]


@LOOPS.register_module()
class ExactEpochTrainLoop(EpochBasedTrainLoop):
    """Upstream's ``EpochBasedTrainLoop``; every step follows from (weights, seed, epoch, iteration).

    A run that was ended within an epoch goes on within it; a validation that was due at the checkpoint is
    made up for.

    The arguments are upstream's.
    """

    stops_by_itself = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validated_iter = 0

    def run(self) -> nn.Module:
        """Train to the end, from wherever the run stands."""
        self.runner.call_hook("before_train")
        if self._iter > 0 and self._iter == self._epoch * len(self.dataloader):
            self._validate_if_due()
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._validate_if_due()
            self.runner.finish_step()
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
        done = max(0, self._iter - self._epoch * count)
        if done != count:  # that is all of them: saved by iteration, at the last of the epoch
            done %= count
        if not skip_within_epoch(self.dataloader, self._epoch, done):
            raise ValueError(
                f"{type(self.dataloader.sampler).__name__} cannot go on within an epoch ({done} of {count} "
                "batches are done): use ExactEpochSampler, or resume from a checkpoint of the end of an epoch"
            )
        for index, batch in enumerate(self.dataloader, start=done):
            self.run_iter(index, batch)
            if index + 1 < count:
                self.runner.finish_step()
        self.runner.call_hook("after_train_epoch")
        self._epoch += 1

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
