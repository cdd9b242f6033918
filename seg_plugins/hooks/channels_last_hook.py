"""Channels-last memory format for convolutions."""

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from seg_plugins.ops.cpu.narrow_batch_norm import speed_up_narrow_batch_norms

__all__ = ["ChannelsLastHook"]


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Store 4-d weights and optimiser state channels last, so that convolutions keep this memory format.

    Values and state dictionaries stay the same. The hook acts after initialisation and loading. Batch
    normalisation of few channels, slow in this format on a CPU, becomes `NarrowBatchNorm2d`.
    """

    priority = "VERY_LOW"

    def before_train(self, runner: Runner) -> None:
        """Convert in place."""
        runner.model.to(memory_format=torch.channels_last)
        speed_up_narrow_batch_norms(runner.model)
        for state in runner.optim_wrapper.optimizer.state.values():
            for name, value in state.items():
                if isinstance(value, torch.Tensor) and value.ndim == 4:
                    state[name] = value.contiguous(memory_format=torch.channels_last)
