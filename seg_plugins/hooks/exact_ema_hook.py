"""Moving averages of the weights that a resumed run goes on with exactly."""

from mmengine.hooks import EMAHook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import nn

from seg_plugins.ops.unwrapping import unwrapped

__all__ = ["ExactEMAHook"]


@HOOKS.register_module()
class ExactEMAHook(EMAHook):
    """Upstream's ``EMAHook``, whose average is made once for a model.

    Upstream makes one in each ``before_run``: a checkpoint loaded before it finds none, and a test after the
    training would be of the raw weights. Besides, this class tells the run what it keeps (see
    `runners/hook_states.py`), and takes a checkpoint of bare weights.

    The arguments are upstream's.
    """

    src_model: nn.Module | None = None

    def before_run(self, runner: Runner) -> None:
        """Make the average, unless there is one of the run's model."""
        if self.src_model is not unwrapped(runner.model):
            super().before_run(runner)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Take the average of a checkpoint, or begin one with its weights."""
        self.before_run(runner)
        weights = checkpoint if "state_dict" in checkpoint else {"state_dict": checkpoint}
        super().after_load_checkpoint(runner, weights)

    def networks(self) -> list[nn.Module]:
        """Return the average."""
        return [self.ema_model]

    def leave_validation(self, runner: Runner) -> None:
        """Give the model its own weights back; within a validation it has the averaged ones."""
        self.after_val_epoch(runner)
