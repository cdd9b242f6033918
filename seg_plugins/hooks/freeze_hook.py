"""Freezing of parts of a model, for the whole run or for its first iterations."""

from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

__all__ = ["FreezeHook"]


@HOOKS.register_module()
class FreezeHook(Hook):
    """Keep the parameters and normalisation statistics of the named parts unchanged.

    Args:
        modules: Dotted names as in `model.named_modules()`, such as `["backbone.stem", "backbone.layer1"]`.
        until: Iteration at which they start to learn; by default never.

    Raises:
        ValueError: If a name is not a module, or the model is distributed without `find_unused_parameters`.
    """

    def __init__(self, modules: Sequence[str], until: int | None = None) -> None:
        self.modules = list(modules)
        self.until = until
        self.frozen: list[nn.Module] = []

    def before_train(self, runner: Runner) -> None:
        """Find the parts and freeze them, unless a resumed run is past `until`."""
        model = runner.model
        if is_model_wrapper(model):
            if not getattr(model, "find_unused_parameters", False):
                raise ValueError("FreezeHook: set find_unused_parameters=True for a distributed run")
            model = model.module
        found = dict(model.named_modules())
        for name in self.modules:
            if name not in found:
                top = ", ".join(n for n, _ in model.named_children())
                raise ValueError(f"FreezeHook.modules: the model has no part {name!r}; it starts with {top}")
        self.frozen = [found[name] for name in self.modules]
        if self.until is not None and runner.iter >= self.until:
            self.frozen = []
            return
        self.set_learning(False)
        count = sum(p.numel() for part in self.frozen for p in part.parameters())
        total = sum(p.numel() for p in model.parameters())
        runner.logger.info(f"frozen: {', '.join(self.modules)}; {count:,} of {total:,} parameters")

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: object = None) -> None:
        """Unfreeze at `until`; before, freeze normalisation statistics again, as the loop sets train mode."""
        if self.until is not None and self.frozen and runner.iter >= self.until:
            self.set_learning(True)
            for part in self.frozen:  # a loop by epochs sets train mode only at their beginning
                part.train()
            self.frozen = []
            runner.logger.info(f"iteration {runner.iter}: {', '.join(self.modules)} learn from here on")
        for part in self.frozen:
            for module in part.modules():
                if isinstance(module, _NormBase):
                    module.eval()

    def set_learning(self, learn: bool) -> None:
        """Switch gradients of the parts on or off."""
        for part in self.frozen:
            for parameter in part.parameters():
                parameter.requires_grad_(learn)
                if not learn:
                    parameter.grad = None
