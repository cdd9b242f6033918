"""A GPU that runs out of memory says what to lower."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

GIB = 1 << 30


TRAINING = (
    "Lower train_dataloader.batch_size (optim_wrapper.accumulative_counts=2 with half the batch keeps the "
    "effective size) or crop_size, or add configs/_base_/fast.py (bfloat16 and a loss in chunks)"
)
PREDICTION = (
    "Let windows slide: model.test_cfg=dict(mode='slide', crop_size=(512, 512), stride=(341, 341)); or lower "
    "the batch size of the validation and test loaders"
)


def advice(data: dict[str, Any], peak: int, total: int, remedy: str = TRAINING) -> str:
    """The message for a batch that did not fit.

    Args:
        data: Batch with `inputs`, a list of images (3, H, W) or one tensor (N, 3, H, W); of test-time
            augmentation a list of such.
        peak: Most memory that was allocated, bytes.
        total: Memory of the device, bytes.
        remedy: What to lower.
    """
    inputs = data["inputs"]
    while isinstance(inputs[0], list):
        inputs = inputs[0]
    height, width = inputs[0].shape[-2:]
    return (
        f"out of GPU memory: peak {peak / GIB:.1f} GiB of {total / GIB:.1f} GiB with a batch of "
        f"{len(inputs)} images of {height}x{width}. {remedy}"
    )


def explained(remedy: str, step: Callable[..., Any], data: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
    """Call a step of a model; a failed allocation becomes an error that says what to lower."""
    try:
        return step(data, *args, **kwargs)
    except torch.OutOfMemoryError as error:
        peak, total = 0, 0
        if torch.cuda.is_available():
            peak, total = torch.cuda.max_memory_allocated(), torch.cuda.mem_get_info()[1]
        raise RuntimeError(advice(data, peak, total, remedy)) from error


@HOOKS.register_module()
class OutOfMemoryHook(Hook):
    """Turns `torch.OutOfMemoryError` in a step of training, validation or test into a message.

    It gives peak, batch, size and remedies.
    """

    priority = "LOWEST"

    def before_run(self, runner: Runner) -> None:
        """Put the explanation around the model's steps of validation and test."""
        for name in ("val_step", "test_step"):
            setattr(runner.model, name, partial(explained, PREDICTION, getattr(runner.model, name)))

    def before_train(self, runner: Runner) -> None:
        """Put the explanation around the model's train step."""
        runner.model.train_step = partial(explained, TRAINING, runner.model.train_step)
