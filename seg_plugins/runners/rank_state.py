"""What every process of a run holds of its own: buffers, which no step makes equal, and unfinished steps."""

from typing import Any

from mmengine.dist import gather_object, get_rank, get_world_size
from mmengine.runner import Runner
from torch import nn

from seg_plugins.ops.unwrapping import unwrapped

from .hook_states import kept_networks, load_rank_states, rank_states
from .upstream import is_accumulating

__all__ = ["gather_rank_states", "restore_rank_state"]


def _modules(runner: Runner) -> list[nn.Module]:
    """The model, and what hooks keep beside it."""
    return [unwrapped(runner.model), *kept_networks(runner)]


def gather_rank_states(runner: Runner) -> list[dict[str, Any]] | None:
    """Collect from every rank what rank 0 does not have; every rank has to call this.

    DistributedDataParallel keeps parameters equal, and the randomness of a step follows from (seed,
    iteration, rank). What is left are the running statistics of BatchNorm that is not synchronised, in the
    model and in its moving averages, and gradients being accumulated, which are reduced at the last step,
    with what hooks know of the batches behind them.

    Returns:
        On rank 0 one state for each rank, its tensors on the CPU; on the others None.
    """
    state: dict[str, Any] = {}
    if get_world_size() > 1:
        state["buffers"] = [{n: b.cpu() for n, b in m.named_buffers()} for m in _modules(runner)]
    if is_accumulating(runner.optim_wrapper):
        parameters = unwrapped(runner.model).named_parameters()
        state["gradients"] = {name: p.grad.cpu() for name, p in parameters if p.grad is not None}
        state["hooks"] = rank_states(runner)
    return gather_object(state)


def restore_rank_state(runner: Runner, states: list[dict[str, Any]], source: str) -> None:
    """Give this rank its own state back, after model and moving averages are loaded.

    Args:
        runner: The run.
        states: What `gather_rank_states` returned; of another number of ranks, all take rank 0's.
        source: Where it came from, for messages.
    """
    ranks = get_world_size()
    if len(states) != ranks:
        runner.logger.warning(
            f"{source} was written by {len(states)} processes, not {ranks}: all go on with rank 0's state, "
            "and not exactly as the run would have gone on"
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
