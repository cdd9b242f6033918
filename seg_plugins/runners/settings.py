"""Checks of a run's settings, by name, before anything is built."""

from collections.abc import Mapping
from typing import Any

__all__ = ["check_settings", "check_whole_number", "idle_worker_options", "with_idle_options_off"]

PARTS = {
    "train": ("train_dataloader", "train_cfg", "optim_wrapper"),
    "val": ("val_dataloader", "val_cfg", "val_evaluator"),
    "test": ("test_dataloader", "test_cfg", "test_evaluator"),
}
WORKER_OPTIONS = {  # with their values when off; torch refuses them without workers
    "persistent_workers": False,
    "prefetch_factor": None,
    "multiprocessing_context": None,
    "timeout": 0,
}


def check_whole_number(name: str, value: Any, least: int) -> None:
    """Raise ValueError if `value` is not an integer of at least `least`.

    >>> check_whole_number("train_dataloader.batch_size", 4, 1)
    >>> check_whole_number("train_dataloader.batch_size", 0, 1)
    Traceback (most recent call last):
    ...
    ValueError: train_dataloader.batch_size=0: give a whole number of at least 1
    """
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not whole or value < least:
        raise ValueError(f"{name}={value!r}: give a whole number of at least {least}")


def check_settings(given: Mapping[str, Any]) -> None:
    """Check the arguments of a runner.

    Args:
        given: Arguments by name; parts that are already built are skipped.

    Raises:
        ValueError: A part is incomplete, or a number makes no sense; the message names the key.
    """
    for part, names in PARTS.items():
        absent = [name for name in names if given.get(name) is None]
        if 0 < len(absent) < len(names):
            there = " and ".join(name for name in names if name not in absent)
            raise ValueError(
                f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} None or absent, but {there} "
                f"{'is' if len(absent) == 2 else 'are'} set: set {', '.join(names)}, or make all three None "
                f"to leave {part} out"
            )
        loader = given.get(names[0])
        if isinstance(loader, Mapping):
            for key, least in (("batch_size", 1), ("num_workers", 0), ("prefetch_factor", 1), ("timeout", 0)):
                absent = loader.get(key) is None and (key != "batch_size" or "batch_sampler" in loader)
                if key in loader and not absent:
                    check_whole_number(f"{names[0]}.{key}", loader[key], least)
    for key in ("max_iters", "max_epochs", "val_interval"):
        loop = given.get("train_cfg")
        if isinstance(loop, Mapping) and loop.get(key) is not None:
            check_whole_number(f"train_cfg.{key}", loop[key], 1)
    check_optim_wrapper(given.get("optim_wrapper"))


def check_optim_wrapper(wrapper: Any) -> None:
    """Check the settings for clipping and accumulating gradients.

    Raises:
        ValueError: `clip_grad` is not a dictionary, or `accumulative_counts` not a positive integer.
    """
    if not isinstance(wrapper, Mapping):
        return
    clip = wrapper.get("clip_grad")
    if clip is not None and not (isinstance(clip, Mapping) and clip):
        raise ValueError(
            f"optim_wrapper.clip_grad={clip!r}: give dict(max_norm=1.0), or None for no clipping"
        )
    if "accumulative_counts" in wrapper:
        check_whole_number("optim_wrapper.accumulative_counts", wrapper["accumulative_counts"], 1)


def idle_worker_options(loader: Any) -> list[str]:
    """Return the options of a loader's config that need workers although there are none.

    >>> idle_worker_options(dict(num_workers=0, persistent_workers=True, prefetch_factor=None))
    ['persistent_workers']
    """
    if not isinstance(loader, Mapping) or loader.get("num_workers", 0) != 0:
        return []
    return [key for key, off in WORKER_OPTIONS.items() if loader.get(key, off) != off]


def with_idle_options_off(loader: Mapping[str, Any]) -> dict[str, Any]:
    """Return the loader's config without the options that `idle_worker_options` names."""
    return {key: value for key, value in loader.items() if key not in idle_worker_options(loader)}
