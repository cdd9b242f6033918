"""State that each process has of its own: buffers that no step synchronises, and unfinished steps."""

from typing import Any

from mmengine.dist import gather_object, get_rank, get_world_size
from mmengine.runner import Runner
from torch import nn

from seg_plugins.ops.unwrapping import unwrapped

from .hook_states import kept_networks, load_rank_states, rank_states
from .upstream import is_accumulating

__all__ = ["gather_rank_states", "restore_rank_state"]


def _modules(runner: Runner) -> list[nn.Module]:
    """Return the model and the networks that hooks keep beside it."""
    return [unwrapped(runner.model), *kept_networks(runner)]


def gather_rank_states(runner: Runner) -> list[dict[str, Any]] | None:
    """Collect from every rank the state that rank 0 lacks; every rank has to call this.

    DistributedDataParallel keeps parameters equal, and the random draws of a step follow from (seed,
    iteration, rank). What remains are the running statistics of unsynchronised BatchNorm, in the model and in
    its moving averages, gradients being accumulated, which are reduced only at the last step, and what hooks
    recorded about the batches of this rank.

    Returns:
        On rank 0 one state per rank, with tensors on the CPU; on other ranks None.
    """
    state: dict[str, Any] = {}
    if get_world_size() > 1:
        state["buffers"] = [{n: b.cpu() for n, b in m.named_buffers()} for m in _modules(runner)]
    if is_accumulating(runner.optim_wrapper):
        parameters = unwrapped(runner.model).named_parameters()
        state["gradients"] = {name: p.grad.cpu() for name, p in parameters if p.grad is not None}
    if any(hooks := rank_states(runner)):
        state["hooks"] = hooks
    return gather_object(state)


def restore_rank_state(runner: Runner, states: list[dict[str, Any]], source: str) -> None:
    """Restore this rank's own state, after model and moving averages are loaded.

    Args:
        runner: The run.
        states: Result of `gather_rank_states`; if the number of ranks differs, all take rank 0's.
        source: Origin of the states, for messages.
    """
    ranks = get_world_size()
    if len(states) != ranks:
        runner.logger.warning(
            f"{source} was written by {len(states)} processes, not {ranks}: all continue with rank 0's "
            "state, and not exactly as the run would have continued"
        )
    own = states[get_rank() if len(states) == ranks else 0]
    for module, saved in zip(_modules(runner), own.get("buffers", []), strict=False):
        for name, buffer in module.named_buffers():
            buffer.copy_(saved[name])
    if "gradients" in own:
        runner.logger.info("the gradient of the unfinished step is restored: nothing of it is lost")
    parameters = dict(unwrapped(runner.model).named_parameters())
    for name, gradient in own.get("gradients", {}).items():
        parameters[name].grad = gradient.to(parameters[name].device)
    load_rank_states(runner, own.get("hooks", []))
