"""The hook that updates a teacher after every step of its student."""

import logging
from typing import Any

from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import Tensor

from seg_plugins.ops.unwrapping import unwrapped

from .moving_average import follow, student_share

__all__ = ["EmaTeacherHook"]


@HOOKS.register_module()
class EmaTeacherHook(Hook):
    """Averages the student into the teacher of a `TeacherStudentSegmentor`, and logs what the teacher keeps.

    The average covers parameters and buffers. The teacher is not updated by a step that the non-finite guard
    skips, or by a batch that only accumulates a gradient. Every `interval` iterations, the hook logs
    `unsup/kept.<class>`: among the pixels that the teacher assigned to the class, the fraction with enough
    confidence.

    Args:
        momentum: Weight of the student in each average, in 0..1; larger at the beginning, see
            `student_share`.
        interval: Iterations between two log entries.
    """

    priority = "HIGH"  # before the non-finite guard keeps the buffers of a good step

    def __init__(self, momentum: float = 0.01, interval: int = 50) -> None:
        if not 0 < momentum <= 1:
            raise ValueError(f"EmaTeacherHook: momentum={momentum}, use a value in 0..1")
        self.momentum, self.interval = momentum, interval
        self.counted: Tensor | None = None  # the model's counts of pixels, or those of a resumed run

    def before_train(self, runner: Runner) -> None:
        """Check that the model has a teacher, and continue to count what it keeps.

        Raises:
            ValueError: The model has no teacher.
        """
        model = unwrapped(runner.model)
        if not hasattr(model, "teacher"):
            raise ValueError(f"EmaTeacherHook: {type(model).__name__} has no teacher; remove the hook")
        if self.counted is not None:
            model.labelled_pixels.copy_(self.counted)
        self.counted = model.labelled_pixels

    def rank_state(self) -> dict[str, Any]:
        """Return what this process has counted since the last log entry."""
        return {} if self.counted is None else dict(counted=self.counted.cpu())

    def load_rank_state(self, state: dict[str, Any]) -> None:
        """Continue to count."""
        self.counted = state.get("counted")

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Pass the iteration to the segmentor."""
        unwrapped(runner.model).iteration = runner.iter

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Update the teacher, and log."""
        model, wrapper = unwrapped(runner.model), runner.optim_wrapper
        if wrapper.should_update() and not getattr(wrapper, "skipped", False):
            follow(model.teacher, model.student, student_share(self.momentum, runner.iter))
        if self.every_n_train_iters(runner, self.interval) and "kept_share" in (outputs or {}):
            self.log(runner, model)

    def log(self, runner: Runner, model: Any) -> None:
        """Log the kept fraction of each class since the last entry, and warn if nothing is kept."""
        pixels = model.labelled_pixels.clone()
        all_reduce(pixels)
        model.labelled_pixels.zero_()
        given, kept = pixels.tolist()
        names = runner.train_dataloader.dataset.metainfo.get("classes") or range(len(given))
        shares = {f"unsup/kept.{name}": k / g for name, g, k in zip(names, given, kept, strict=True) if g}
        runner.visualizer.add_scalars(shares, step=runner.iter + 1)
        if not sum(kept):
            threshold = model.settings["threshold"]
            runner.logger.log(
                logging.WARNING,
                f"the teacher was confident of no pixel of the last {self.interval} iterations: lower "
                f"model.semi_train_cfg.threshold={threshold}, or lengthen the warm-up",
            )
