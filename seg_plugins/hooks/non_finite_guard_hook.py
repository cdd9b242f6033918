"""Protection of a run against losses and gradients that are not finite."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import gather_object, get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from seg_plugins.files.atomic import write_json
from seg_plugins.ops.batches import files_of
from seg_plugins.runners.upstream import is_accumulating

__all__ = ["NonFiniteGuardHook", "copy_all", "described"]


@HOOKS.register_module()
class NonFiniteGuardHook(Hook):
    """Skip optimiser steps with NaN or infinity in loss or gradient, at most `max_skips` in a row.

    A skipped step leaves parameters, optimiser state and running statistics of normalisation as they were
    before its first batch (with gradient accumulation, a step has several batches). Each skipped step is
    recorded in `non_finite/iter_N.json` in the work directory: learning rates, gradient norm, and the files
    and loss terms of every batch of every process. With float16, steps that only lower the loss scale are
    neither counted nor reported.

    The hook needs `optim_wrapper.type="AutocastOptimWrapper"`; otherwise it only warns.

    Args:
        max_skips: Number of consecutive skipped steps that are tolerated.

    Raises:
        FloatingPointError: One more step in a row would be skipped.
    """

    priority = "ABOVE_NORMAL"

    def __init__(self, max_skips: int = 5) -> None:
        self.max_skips = max_skips
        self.in_a_row = 0
        self.batches: list[dict[str, Any]] = []
        self.buffers: list[torch.Tensor] = []
        self.kept: list[torch.Tensor] = []

    def before_train(self, runner: Runner) -> None:
        """Turn on the check of the gradient."""
        if not hasattr(runner.optim_wrapper, "skip_nonfinite"):
            runner.logger.warning(
                "no non-finite guard: it needs optim_wrapper.type='AutocastOptimWrapper', "
                f"not {type(runner.optim_wrapper).__name__!r}"
            )
            return
        runner.optim_wrapper.skip_nonfinite = True
        runner.optim_wrapper.loss_sum = sum(batch["losses"]["loss"] for batch in self.batches)
        self.buffers = [b for b in runner.model.buffers() if b.is_floating_point()]
        kept, self.kept = self.kept, [b.clone() for b in self.buffers]
        copy_all(self.kept[: len(kept)], kept)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Count a skipped step, undo its statistics, report it, and stop after too many."""
        wrapper = runner.optim_wrapper
        if not hasattr(wrapper, "skipped"):
            return
        accumulating = is_accumulating(runner.optim_wrapper)
        if accumulating or wrapper.skipped or self.batches:
            self.batches.append(described(runner, data_batch, outputs))
        if accumulating:
            if not math.isfinite(sum(self.batches[-1]["losses"].values())):
                copy_all(self.buffers, self.kept)
            return
        batches, self.batches = self.batches, []
        if not wrapper.skipped:
            self.in_a_row = 0
            copy_all(self.kept, self.buffers)
            return
        copy_all(self.buffers, self.kept)
        scaler = wrapper.loss_scaler
        if wrapper.loss_is_finite and scaler.is_enabled() and scaler.get_scale() > 1:
            return
        self.in_a_row += 1
        path = self.report(runner, batches)
        if self.in_a_row > self.max_skips:
            raise FloatingPointError(
                f"loss or gradient was not finite in {self.in_a_row} steps in a row; the last one is "
                f"described in {path}. Look at its files and loss terms; lower the learning "
                "rate, clip the gradient, or train in float32"
            )

    def state_dict(self) -> dict[str, int]:
        """Return the number of steps skipped in a row, which a resumed run needs."""
        return dict(in_a_row=self.in_a_row)

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Restore the number of steps skipped in a row."""
        self.in_a_row = state_dict["in_a_row"]

    def rank_state(self) -> dict[str, Any]:
        """Return what this process needs to continue within a step of several batches."""
        return dict(batches=self.batches, kept=[b.cpu() for b in self.kept]) if self.batches else {}

    def load_rank_state(self, state: dict[str, Any]) -> None:
        """Continue within a step."""
        self.batches, self.kept = state.get("batches", []), state.get("kept", [])

    def report(self, runner: Runner, batches: list[dict[str, Any]]) -> Path:
        """Record one skipped step in the work directory and the log; every rank has to call this."""
        path = Path(runner.work_dir) / "non_finite" / f"iter_{runner.iter + 1}.json"
        everywhere = gather_object(batches)
        if everywhere is None:
            return path
        gathered = [batch for rank in everywhere for batch in rank]
        facts = dict(
            iteration=runner.iter + 1,
            lr=runner.optim_wrapper.get_lr(),
            grad_norm=str(runner.optim_wrapper.grad_norm),
            batches=[
                batch | dict(losses={name: str(value) for name, value in batch["losses"].items()})
                for batch in gathered
            ],
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, facts)
        losses = [batch["losses"] for batch in gathered]
        bad = [terms for terms in losses if not math.isfinite(sum(terms.values()))]
        runner.logger.warning(
            f"step {runner.iter + 1} skipped ({self.in_a_row} in a row): loss {(bad or losses)[0]}, "
            f"gradient norm {facts['grad_norm']}; details in {path}"
        )
        return path


def described(runner: Runner, data_batch: Any, outputs: dict[str, Any] | None) -> dict[str, Any]:
    """Describe one batch of this process: its position in the run, its files and its loss terms."""
    return dict(
        iteration=runner.iter + 1,
        rank=get_rank(),
        files=files_of(data_batch),
        losses={
            name: float(value.detach() if isinstance(value, torch.Tensor) else value)
            for name, value in (outputs or {}).items()
        },
    )


def copy_all(targets: Sequence[torch.Tensor], sources: Sequence[torch.Tensor]) -> None:
    """Copy tensors in place."""
    if targets:
        with torch.no_grad():
            torch._foreach_copy_(list(targets), list(sources))
