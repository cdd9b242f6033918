"""Early stopping whose counters a resumed run goes on with."""

from typing import Any

from mmengine.hooks import EarlyStoppingHook
from mmengine.runner import BaseLoop, Runner
from mmseg.registry import HOOKS

__all__ = ["ExactEarlyStoppingHook"]


@HOOKS.register_module()
class ExactEarlyStoppingHook(EarlyStoppingHook):
    """Upstream's ``EarlyStoppingHook``, whose state is saved; upstream begins to count anew with each start.

    A run that stopped goes on if the patience was raised above the validations that it waited.

    The arguments are upstream's.
    """

    stopped = False
    loop: BaseLoop | None = None

    def before_run(self, runner: Runner) -> None:
        """Remember the loop that is to be stopped, and stop it if a checkpoint resumed before says so."""
        super().before_run(runner)
        self.loop = runner.train_loop
        if self.stopped:
            self.loop.stop_training, self.stopped = True, False

    def state_dict(self) -> dict[str, Any]:
        """Best score, validations without a better one, and whether the run has stopped for it."""
        return {
            "wait_count": self.wait_count,
            "best_score": self.best_score,
            "stop_training": self.stopped if self.loop is None else self.loop.stop_training,
            "patience": self.patience,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what `state_dict` returned."""
        self.wait_count, self.best_score = state_dict["wait_count"], state_dict["best_score"]
        waits = state_dict.get("patience", self.patience) <= self.wait_count < self.patience
        self.stopped = state_dict["stop_training"] and not waits
        if self.loop is not None:
            self.loop.stop_training = self.stopped
