"""Stops a run whose loss or gradient is no longer finite, and says where it happened."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


def files_of(data_batch: dict[str, Any]) -> list[str]:
    """Image paths of a batch."""
    return [str(sample.metainfo.get("img_path", "?")) for sample in data_batch["data_samples"]]


@HOOKS.register_module()
class NonFiniteGuardHook(Hook):
    """Skips optimiser steps with NaN or infinity in loss or gradient, at most `max_skips` in a row.

    A skipped step leaves parameters, optimiser state and the running statistics of normalisation as
    they were. Each one is written to `non_finite/iter_N.json` in the work directory: files, loss
    terms, learning rates, gradient norm. With float16, steps that only lower the loss scale are
    neither counted nor reported.

    Needs `optim_wrapper.type="AutocastOptimWrapper"`; with another it warns and does nothing.

    Args:
        max_skips: Skipped steps in a row after which the run stops.

    Raises:
        FloatingPointError: At the skip after that.
    """

    priority = "ABOVE_NORMAL"

    def __init__(self, max_skips: int = 5) -> None:
        self.max_skips = max_skips
        self.in_a_row = 0
        self.buffers: list[torch.Tensor] = []
        self.kept: list[torch.Tensor] = []

    def before_train(self, runner: Runner) -> None:
        """Turn the check of the gradient on."""
        if not hasattr(runner.optim_wrapper, "skip_nonfinite"):
            runner.logger.warning(
                "no non-finite guard: it needs optim_wrapper.type='AutocastOptimWrapper', "
                f"not {type(runner.optim_wrapper).__name__!r}"
            )
            return
        runner.optim_wrapper.skip_nonfinite = True
        self.buffers = [b for b in runner.model.buffers() if b.is_floating_point()]
        self.kept = [b.clone() for b in self.buffers]

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Count a skipped step, undo its statistics, report, and stop after too many."""
        wrapper = runner.optim_wrapper
        if not hasattr(wrapper, "skipped"):
            return
        if not wrapper.skipped:
            self.in_a_row = 0
            copy_all(self.kept, self.buffers)
            return
        copy_all(self.buffers, self.kept)
        terms = {name: float(value) for name, value in (outputs or {}).items()}
        loss_is_finite = all(value - value == 0 for value in terms.values())
        scaler = wrapper.loss_scaler
        if loss_is_finite and scaler.is_enabled() and scaler.get_scale() > 1:
            return
        self.in_a_row += 1
        path = self.report(runner, data_batch, terms)
        if self.in_a_row > self.max_skips:
            raise FloatingPointError(
                f"loss or gradient was not finite in {self.in_a_row} steps in a row; the last one is "
                f"described in {path}. Look at its files and loss terms; lower the learning "
                "rate, clip the gradient, or train in float32"
            )

    def state_dict(self) -> dict[str, int]:
        """What a resumed run needs: how many steps in a row were skipped."""
        return dict(in_a_row=self.in_a_row)

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Go on counting."""
        self.in_a_row = state_dict["in_a_row"]

    def report(self, runner: Runner, data_batch: Any, terms: dict[str, float]) -> Path:
        """Write one skipped step to the work directory and to the log."""
        facts = dict(
            iteration=runner.iter + 1,
            files=files_of(data_batch),
            losses=terms,
            lr={name: values for name, values in runner.optim_wrapper.get_lr().items()},
            grad_norm=runner.optim_wrapper.grad_norm,
        )
        path = Path(runner.work_dir) / "non_finite" / f"iter_{runner.iter + 1}.json"
        write(path, {name: str(v) if isinstance(v, float) else v for name, v in facts.items()})
        runner.logger.warning(
            f"step {runner.iter + 1} skipped ({self.in_a_row} in a row): loss {terms}, "
            f"gradient norm {facts['grad_norm']}; details in {path}"
        )
        return path


def copy_all(targets: Sequence[torch.Tensor], sources: Sequence[torch.Tensor]) -> None:
    """Copy tensors in place."""
    if targets:
        with torch.no_grad():
            torch._foreach_copy_(list(targets), list(sources))


@master_only
def write(path: Path, facts: dict[str, Any]) -> None:
    """Write facts as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=2))
