"""Putting the exact classes where a config names upstream's."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from mmengine.dist import get_rank
from mmengine.registry import FUNCTIONS
from mmengine.runner import Runner

from .settings import with_idle_options_off
from .stop_signals import init_worker

__all__ = ["exact_loader", "exact_loop", "guarded_workers", "releasing_workers"]

LOOPS = {"IterBasedTrainLoop": "mmseg.ExactIterTrainLoop", "EpochBasedTrainLoop": "mmseg.ExactEpochTrainLoop"}
SAMPLERS = {"InfiniteSampler": "mmseg.ExactInfiniteSampler", "DefaultSampler": "mmseg.ExactEpochSampler"}


def _exact(kind: str | type, replaced: dict[str, str]) -> str | type:
    """The exact class where ``kind`` is upstream's: its name, perhaps with its scope, or the class."""
    if isinstance(kind, type):
        name = kind.__name__ if kind.__module__.startswith("mmengine.") else ""
    else:
        name = kind.removeprefix("mmengine.")
    return replaced.get(name, kind)


def exact_loop(loop: dict) -> dict:
    """The training loop's config with upstream's loop replaced by the exact one of the same kind.

    Raises:
        ValueError: Not exactly one of ``type`` and ``by_epoch`` says which loop it is.

    >>> exact_loop(dict(type="IterBasedTrainLoop", max_iters=10))
    {'type': 'mmseg.ExactIterTrainLoop', 'max_iters': 10}
    """
    loop = dict(loop)
    if ("type" in loop) == ("by_epoch" in loop):
        found = "both type and by_epoch" if "type" in loop else "neither type nor by_epoch"
        raise ValueError(
            f"train_cfg has {found}: {loop}. Only one of them says which loop it is: set "
            "type='IterBasedTrainLoop' with max_iters, or type='EpochBasedTrainLoop' with max_epochs"
        )
    if "by_epoch" in loop:
        loop["type"] = "EpochBasedTrainLoop" if loop.pop("by_epoch") else "IterBasedTrainLoop"
    loop["type"] = _exact(loop["type"], LOOPS)
    return loop


def exact_loader(loader: dict) -> dict:
    """The training loader's config with an exact sampler and each sample's randomness drawn from its key.

    Without a sampler (an iterable dataset) there are no keys, and the loader is left as it is.
    """
    loader = copy.copy(loader)
    if isinstance(loader.get("sampler"), dict):
        loader["sampler"] = {**loader["sampler"], "type": _exact(loader["sampler"]["type"], SAMPLERS)}
    if loader.get("sampler") is not None or loader.get("batch_sampler") is not None:
        loader["dataset"] = {"type": "mmseg.KeyedDataset", "dataset": loader["dataset"]}
    return loader


def guarded_workers(loader: dict, seed: int | None) -> dict:
    """The loader's config with workers that ignore the signals meant for the run, or without any."""
    loader = with_idle_options_off(loader)
    start: dict[str, Any] = {}
    given = dict(loader.pop("worker_init_fn", None) or {})
    if given:
        kind = given.pop("type")
        start["user_init"] = partial(FUNCTIONS.get(kind) if isinstance(kind, str) else kind, **given)
    else:
        start["num_workers"] = loader.get("num_workers", 0)
        start["rank"], start["seed"] = get_rank(), seed or 0
        start["disable_subprocess_warning"] = loader.pop("disable_subprocess_warning", False)
    return {**loader, "worker_init_fn": {"type": init_worker, **start}}


@contextmanager
def releasing_workers(runner: Runner) -> Iterator[None]:
    """End the loading workers with the block: they ignore SIGTERM, by which Python would end them."""
    try:
        yield
    finally:
        release_workers(runner)


def release_workers(runner: Runner) -> None:
    """End the loading workers of a run."""
    loops = (runner._train_loop, runner._val_loop, runner._test_loop)
    loaders = [loop.dataloader for loop in loops if hasattr(loop, "dataloader")]
    iterators = [getattr(loader, "_iterator", None) for loader in loaders]
    iterators.append(getattr(getattr(runner._train_loop, "dataloader_iterator", None), "iterator", None))
    for loader in loaders:
        if getattr(loader, "_iterator", None) is not None:
            loader._iterator = None
    for iterator in {id(i): i for i in iterators if hasattr(i, "_shutdown_workers")}.values():
        iterator._shutdown_workers()
        for worker in iterator._workers:
            worker.join(timeout=1)
            if worker.is_alive():
                worker.kill()
