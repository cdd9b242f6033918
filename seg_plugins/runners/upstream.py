"""Access to private attributes of MMEngine and PyTorch, which no other module uses.

An upgrade that renames one of them fails in the tests of this file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmengine.optim import OptimWrapper
from mmengine.runner import BaseLoop, Runner

__all__ = ["OpenRunner", "built_loop", "is_accumulating", "releasing_workers", "set_position"]


class OpenRunner(Runner):
    """MMEngine's Runner with public names for what it keeps private."""

    @property
    def weights_are_loaded(self) -> bool:
        """Whether a checkpoint is loaded; then no other one is loaded and no weights are initialised."""
        return self._has_loaded

    @weights_are_loaded.setter
    def weights_are_loaded(self, value: bool) -> None:
        self._has_loaded = value

    @property
    def is_resumed(self) -> bool:
        """Whether the run continues from a checkpoint; upstream's ``EMAHook`` reads it too."""
        return self._resume

    @is_resumed.setter
    def is_resumed(self, value: bool) -> None:
        self._resume = value

    @property
    def named_checkpoint(self) -> str | None:
        """The config's ``load_from``."""
        return self._load_from

    @property
    def trains(self) -> bool:
        """Whether the run has a training loop or a config for one."""
        return self._train_loop is not None

    @property
    def train_loader(self) -> Any:
        """The training loader, or its config before it is built."""
        return self._train_dataloader

    @train_loader.setter
    def train_loader(self, value: Any) -> None:
        self._train_dataloader = value

    def loader_of(self, part: str) -> Any:
        """Return the loader of "train", "val" or "test", or its config before it is built."""
        return getattr(self, f"_{part}_dataloader")

    def take_seed(self, seed: int) -> None:
        """Use another seed than the config's from now on."""
        self._randomness_cfg.update(seed=seed)
        self.set_randomness(**self._randomness_cfg)

    def log_environment(self, env_cfg: dict) -> None:
        """Log machine, libraries and config, as a run begins."""
        super()._log_env(env_cfg)

    def _log_env(self, env_cfg: dict) -> None:
        self.log_environment(env_cfg)

    def _init_model_weights(self) -> None:
        """Initialise the weights unless they are loaded."""
        if not self.weights_are_loaded:
            super()._init_model_weights()


def built_loop(runner: Runner, part: str) -> BaseLoop | None:
    """Return the loop of a run if it is built; the runner's public attribute would build it.

    Args:
        runner: The run.
        part: "train", "val" or "test".
    """
    loop = getattr(runner, f"_{part}_loop")
    return loop if isinstance(loop, BaseLoop) else None


def set_position(loop: BaseLoop, epoch: int, iteration: int) -> None:
    """Move a training loop to an epoch and an iteration."""
    loop._epoch, loop._iter = epoch, iteration


def is_accumulating(wrapper: OptimWrapper | Any) -> bool:
    """Return whether accumulated gradients are waiting for a step of the optimiser."""
    return getattr(wrapper, "_accumulative_counts", 1) > 1 and not wrapper.should_update()


@contextmanager
def releasing_workers(runner: Runner) -> Iterator[None]:
    """End the loading workers with the block: they ignore SIGTERM, with which Python would end them."""
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
