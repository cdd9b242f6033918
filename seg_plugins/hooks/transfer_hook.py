"""Initialisation from other weights, with a report of what was loaded."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import Tensor, nn

from seg_plugins.checkpoints.fitting import open_checkpoint
from seg_plugins.checkpoints.weight_names import state_dict_of
from seg_plugins.files.atomic import write_json
from seg_plugins.ops.unwrapping import unwrapped

__all__ = ["TransferHook", "transfer", "write"]


def transfer(
    model: nn.Module, state: dict[str, Tensor], rename: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Copy every tensor whose renamed key and shape fit into the model.

    Args:
        model: Changed in place.
        state: Tensors by key.
        rename: Regular expressions and replacements, applied to each key in turn.

    Returns:
        Report: the keys `loaded`, `missing` (still initialised), `unexpected` and `wrong_shape`, and the
            number of parameters loaded and in all.
    """
    renamed = {}
    for key, tensor in state.items():
        for pattern, replacement in rename:
            key = re.sub(pattern, replacement, key)
        renamed[key] = tensor
    own = model.state_dict()
    fits = {k: v for k, v in renamed.items() if k in own and v.shape == own[k].shape}
    model.load_state_dict(fits, strict=False)
    parameters = {name: p.numel() for name, p in model.named_parameters()}
    return dict(
        loaded=sorted(fits),
        missing=sorted(own.keys() - renamed.keys()),
        unexpected=sorted(renamed.keys() - own.keys()),
        wrong_shape={
            k: [list(v.shape), list(own[k].shape)] for k, v in renamed.items() if k in own and k not in fits
        },
        parameters_loaded=sum(n for name, n in parameters.items() if name in fits),
        parameters=sum(parameters.values()),
    )


@HOOKS.register_module()
class TransferHook(Hook):
    """Load what fits from any checkpoint before a training starts; a resumed run keeps its own weights.

    `transfer.json` in the work directory lists what was loaded and what was not; the log has a summary.

    Args:
        checkpoint: Path of a `.pth`, `.pt` or `.safetensors` file.
        rename: Pairs of regular expression and replacement for its keys, such as
            `[("^", "backbone.")]` for a bare backbone.
        least: Smallest share of the model's parameters that must be found, 0..1.

    Raises:
        ValueError: If fewer are found.
    """

    def __init__(self, checkpoint: str, rename: Sequence[tuple[str, str]] = (), least: float = 0.1) -> None:
        self.checkpoint, self.rename, self.least = checkpoint, rename, least

    def before_train(self, runner: Runner) -> None:
        """Load the weights and report."""
        if runner.iter > 0:
            return
        model = unwrapped(runner.model)
        state = state_dict_of(open_checkpoint(self.checkpoint, runner.cfg.get("trust_checkpoint", False)))
        report = transfer(model, state, self.rename)
        write(Path(runner.work_dir) / "transfer.json", dict(checkpoint=self.checkpoint, **report))
        summary = (
            f"{self.checkpoint}: {report['parameters_loaded']:,} of "
            f"{report['parameters']:,} parameters loaded, "
            f"{len(report['missing'])} keys missing, {len(report['unexpected'])} unexpected, "
            f"{len(report['wrong_shape'])} of another shape"
        )
        if report["parameters_loaded"] < self.least * report["parameters"]:
            unexpected = ", ".join(report["unexpected"][:3])
            raise ValueError(f"TransferHook: {summary}. Set `rename`; unmatched keys begin with {unexpected}")
        runner.logger.info(summary)


@master_only
def write(path: Path, facts: dict[str, Any]) -> None:
    """Write facts as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, facts)
