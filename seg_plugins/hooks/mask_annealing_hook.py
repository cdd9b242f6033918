"""Masks of EoMT's queries that fade out in training."""

from collections.abc import Iterator

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import nn

from seg_plugins.decode_heads import EoMTHead

__all__ = ["MaskAnnealingHook", "mask_probabilities"]


def mask_probabilities(progress: float, blocks: int, power: float = 0.9) -> list[float]:
    """Compute the probability of each block that it masks.

    The training is divided into two parts more than there are blocks. Block i masks always in the parts
    0..i, less and less in part i + 1, and never after it.

    Args:
        progress: Part of the training that is over, 0..1.
        blocks: Their number.
        power: Exponent of the decay.

    >>> [round(p, 2) for p in mask_probabilities(0.5, 2, power=1.0)], mask_probabilities(0.375, 2, power=1.0)
    ([0.0, 1.0], [0.5, 1.0])
    """
    parts = [min(max(progress * (blocks + 2) - (i + 1), 0.0), 1.0) for i in range(blocks)]
    return [(1 - part) ** power for part in parts]


@HOOKS.register_module()
class MaskAnnealingHook(Hook):
    """Lower the probability with which the blocks of every `EoMTHead` mask, the first block first.

    Kerssies et al., CVPR 2025, section 3.3; the steps of the published trainings are those of
    `mask_probabilities` for four blocks. The probability follows from the iteration alone, so a resumed run
    continues exactly. The average of `ExactEMAHook` has the same probability.

    Args:
        power: Exponent of the decay.
    """

    def __init__(self, power: float = 0.9) -> None:
        self.power = power

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None) -> None:
        """Set the probabilities of this iteration."""
        self._set(runner, runner.iter)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Set those of the next one, for checkpoints and validations in between."""
        self._set(runner, runner.iter + 1)

    def _set(self, runner: Runner, iteration: int) -> None:
        for head in _heads(runner):
            values = mask_probabilities(iteration / runner.max_iters, len(head.mask_probability), self.power)
            head.mask_probability.copy_(torch.tensor(values))


def _heads(runner: Runner) -> Iterator[EoMTHead]:
    models: list[nn.Module] = [runner.model]
    models += [
        hook.ema_model for hook in runner.hooks if isinstance(getattr(hook, "ema_model", None), nn.Module)
    ]
    for model in models:
        yield from (module for module in model.modules() if isinstance(module, EoMTHead))
