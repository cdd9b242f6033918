"""A GPU that runs out of memory says what to lower."""

from collections.abc import Callable
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

GIB = 1 << 30


def advice(data: dict[str, Any], peak: int, total: int) -> str:
    """The message for a batch that did not fit.

    Args:
        data: Batch with `inputs`, a list of images (3, H, W) or one tensor (N, 3, H, W).
        peak: Most memory that was allocated, bytes.
        total: Memory of the device, bytes.
    """
    inputs = data["inputs"]
    height, width = inputs[0].shape[-2:]
    return (
        f"out of GPU memory: peak {peak / GIB:.1f} GiB of {total / GIB:.1f} GiB with a batch of "
        f"{len(inputs)} crops of {height}x{width}. Lower train_dataloader.batch_size "
        "(optim_wrapper.accumulative_counts=2 with half the batch keeps the effective size) or crop_size, "
        "or add configs/_base_/fast.py (bfloat16 and a loss in chunks)"
    )


def explained(step: Callable[..., Any], data: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
    """Call a train step; a failed allocation becomes an error that says what to lower."""
    try:
        return step(data, *args, **kwargs)
    except torch.OutOfMemoryError as error:
        peak, total = 0, 0
        if torch.cuda.is_available():
            peak, total = torch.cuda.max_memory_allocated(), torch.cuda.mem_get_info()[1]
        raise RuntimeError(advice(data, peak, total)) from error


@HOOKS.register_module()
class OutOfMemoryHook(Hook):
    """Turns `torch.OutOfMemoryError` in a training step into a message: peak, batch, crop, remedies."""

    priority = "LOWEST"

    def before_train(self, runner: Runner) -> None:
        """Put the explanation around the model's train step."""
        step = runner.model.train_step

        def train_step(data: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            return explained(step, data, *args, **kwargs)

        runner.model.train_step = train_step
