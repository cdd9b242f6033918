"""torch.compile for the heavy parts of a segmentor."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from seg_plugins.ops.unwrapping import unwrapped

__all__ = ["CompileHook"]


@HOOKS.register_module()
class CompileHook(Hook):
    """Compile backbone and neck in place; the state dictionary keeps its keys.

    Compilation needs a C++ compiler (CPU) or Triton (GPU), and pays off only for fixed crop sizes.

    Args:
        **options: Arguments of `torch.compile`, such as `mode="max-autotune"`.
    """

    def __init__(self, **options: Any) -> None:
        self.options = options

    def before_train(self, runner: Runner) -> None:
        """Compile at the first call of each part."""
        model = unwrapped(runner.model)
        networks = [module for module in model.modules() if hasattr(module, "backbone")]
        for part in [getattr(network, name, None) for network in networks for name in ("backbone", "neck")]:
            if part is not None:
                part.compile(**self.options)
