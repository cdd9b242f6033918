"""What is taken from MMEngine's and PyTorch's private attributes: here and nowhere else.

An upgrade that renames one of them fails in the tests of this file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmengine.optim import OptimWrapper
from mmengine.runner import BaseLoop, Runner

__all__ = ["built_loop", "is_accumulating", "releasing_workers", "set_position"]


def built_loop(runner: Runner, part: str) -> BaseLoop | None:
    """The loop of a run if it is built; asking the runner for it by its public name would build it.

    Args:
        runner: The run.
        part: "train", "val" or "test".
    """
    loop = getattr(runner, f"_{part}_loop")
    return loop if isinstance(loop, BaseLoop) else None


def set_position(loop: BaseLoop, epoch: int, iteration: int) -> None:
    """Let a training loop go on from an epoch and an iteration."""
    loop._epoch, loop._iter = epoch, iteration


def is_accumulating(wrapper: OptimWrapper | Any) -> bool:
    """Whether gradients are being added up that no step of the optimiser has used yet."""
    return getattr(wrapper, "_accumulative_counts", 1) > 1 and not wrapper.should_update()


@contextmanager
def releasing_workers(runner: Runner) -> Iterator[None]:
    """End the loading workers with the block: they ignore SIGTERM, by which Python would end them."""
    try:
        yield
    finally:
        release_workers(runner)


def release_workers(runner: Runner) -> None:
    """End the loading workers of a run."""
    loops = [built_loop(runner, part) for part in ("train", "val", "test")]
    loaders = [loop.dataloader for loop in loops if hasattr(loop, "dataloader")]
    iterators = [getattr(loader, "_iterator", None) for loader in loaders]
    iterators.append(getattr(getattr(loops[0], "dataloader_iterator", None), "iterator", None))
    for loader in loaders:
        if getattr(loader, "_iterator", None) is not None:
            loader._iterator = None
    for iterator in {id(i): i for i in iterators if hasattr(i, "_shutdown_workers")}.values():
        iterator._shutdown_workers()
        for worker in iterator._workers:
            worker.join(timeout=1)
            if worker.is_alive():
                worker.kill()
