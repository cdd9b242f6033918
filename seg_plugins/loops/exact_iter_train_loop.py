"""Training by iterations that resumes exactly."""

from collections.abc import Sequence
from typing import Any

from mmengine.runner import IterBasedTrainLoop
from mmseg.registry import LOOPS
from torch import nn

from .batches import Batches, end_if_asked, seed_step

__all__ = ["ExactIterTrainLoop"]


@LOOPS.register_module()
class ExactIterTrainLoop(IterBasedTrainLoop):
    """Upstream's ``IterBasedTrainLoop``; every step follows from (weights, seed, iteration).

    On resume, upstream skips the validation that was due at the checkpoint's iteration, and with it best
    score and early stopping; this loop runs it first. The runner may end the run between two steps.

    The arguments are upstream's.
    """

    stops_by_itself = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataloader_iterator = Batches(self.dataloader)
        self.validated_iter = 0

    def run(self) -> nn.Module:
        """Train to the end from the current position."""
        self.runner.call_hook("before_train")
        self.runner.call_hook("before_train_epoch")
        if self._iter > 0:
            self.dataloader_iterator.seek(self._iter)
            self._validate_if_due()
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            self.run_iter(next(self.dataloader_iterator))
            self._validate_if_due()
            end_if_asked(self.runner)
        self.runner.call_hook("after_train_epoch")
        self.runner.call_hook("after_train")
        return self.runner.model

    def run_iter(self, data_batch: Sequence[dict]) -> None:
        """Run one step."""
        seed_step(self.runner.seed, self._iter)
        super().run_iter(data_batch)

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        due = self._iter % self.val_interval == 0 or self._iter == self._max_iters
        if self.runner.val_loop is None or not due or self._iter < self.val_begin:
            return
        if self.validated_iter != self._iter:
            self.runner.val_loop.run()
            self.validated_iter = self._iter
