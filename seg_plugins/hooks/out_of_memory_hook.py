"""Advice for a GPU that runs out of memory."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from seg_plugins.ops.batches import describe_batch
from seg_plugins.ops.replacing import replace_method
from seg_plugins.runners.upstream import built_loop

__all__ = ["GIB", "PREDICTION", "TRAINING", "OutOfMemoryHook", "advice"]

GIB = 1 << 30


TRAINING = (
    "Lower train_dataloader.batch_size (optim_wrapper.accumulative_counts=2 with half the batch keeps the "
    "effective size) or crop_size, or add configs/_base_/fast.py (bfloat16 and a loss in chunks)"
)
PREDICTION = (
    "Let windows slide: model.test_cfg=dict(mode='slide', crop_size=(512, 512), stride=(341, 341)); or lower "
    "the batch size of the validation and test loaders"
)


def advice(batch: Any, peak: int, total: int, remedy: str = TRAINING) -> str:
    """Write the message for a batch that did not fit into memory.

    Args:
        batch: In any form that `seg_plugins.ops.batches` knows.
        peak: Largest amount of memory allocated, bytes.
        total: Memory of the device, bytes.
        remedy: Advice on what to lower.
    """
    return (
        f"out of GPU memory: peak {peak / GIB:.1f} GiB of {total / GIB:.1f} GiB with a batch of "
        f"{describe_batch(batch)}. {remedy}"
    )


@HOOKS.register_module()
class OutOfMemoryHook(Hook):
    """Turn `torch.OutOfMemoryError` in a loop of training, validation or test into a message.

    The message states peak, batch, size and remedies. It covers any loop class and any way to call the model.
    """

    priority = "LOWEST"
    in_rehearsals = True

    def __init__(self) -> None:
        self.batch: Any = None

    def before_run(self, runner: Runner) -> None:
        """Wrap the loops."""
        for part, remedy in (("train", TRAINING), ("val", PREDICTION), ("test", PREDICTION)):
            loop = built_loop(runner, part)
            if loop is not None:
                replace_method(loop, "run", partial(partial, self.explained, remedy))

    def _before_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, mode: str = "train"
    ) -> None:
        """Remember the batch."""
        self.batch = data_batch

    def _after_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None, mode: str = "train"
    ) -> None:
        """Forget the batch."""
        self.batch = None

    def explained(self, remedy: str, run: Callable[[], Any]) -> Any:
        """Run a loop; turn a failed allocation into an error that says what to lower."""
        try:
            return run()
        except torch.OutOfMemoryError as error:
            peak, total = 0, 0
            if torch.cuda.is_available():
                peak, total = torch.cuda.max_memory_allocated(), torch.cuda.mem_get_info()[1]
            raise RuntimeError(advice(self.batch, peak, total, remedy)) from error
