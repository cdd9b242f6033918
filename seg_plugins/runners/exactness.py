"""Replacement of upstream's loops and samplers by exact classes, with a log line for each."""

import copy
from typing import Any

from mmengine.hooks import Hook
from mmseg.registry import DATA_SAMPLERS

from seg_plugins.datasets.keyed_dataset import takes_keys

__all__ = ["EXACT", "exact_hook", "exact_loader", "exact_loop", "exact_name", "upstream_name"]

EXACT = {  # upstream's class: the one that resumes exactly where a run ended
    "IterBasedTrainLoop": "ExactIterTrainLoop",
    "EpochBasedTrainLoop": "ExactEpochTrainLoop",
    "InfiniteSampler": "ExactInfiniteSampler",
    "DefaultSampler": "ExactEpochSampler",
    "EMAHook": "ExactEMAHook",
    "EarlyStoppingHook": "ExactEarlyStoppingHook",
}
UPSTREAM = {ours: theirs for theirs, ours in EXACT.items()}


def exact_name(kind: str | type) -> str | None:
    """Return the exact class for one of upstream's, or None for any other.

    Args:
        kind: Name of the class, with or without scope, or the class itself.

    >>> exact_name("mmengine.InfiniteSampler"), exact_name("ExactInfiniteSampler")
    ('ExactInfiniteSampler', None)
    """
    if isinstance(kind, type):
        return EXACT.get(kind.__name__) if kind.__module__.startswith("mmengine.") else None
    return EXACT.get(kind.removeprefix("mmengine."))


def upstream_name(kind: str) -> str:
    """Upstream's class for an exact one, any other as it is; checkpoints know a hook's state by it.

    >>> upstream_name("ExactEMAHook"), upstream_name("FreezeHook")
    ('EMAHook', 'FreezeHook')
    """
    return UPSTREAM.get(kind, kind)


def exact_hook(hook: Hook | dict) -> tuple[Hook | dict, str | None]:
    """Replace upstream's hook with the exact one in a config; a hook that is built is not changed.

    Args:
        hook: It is not changed.

    Returns:
        The hook or its config, and a line for the log where it is another, or cannot be resumed exactly.
    """
    if isinstance(hook, dict):
        kind = hook.get("type", "")
        if (name := exact_name(kind)) is None:
            return hook, None
        return {**hook, "type": f"mmseg.{name}"}, _line("custom_hooks", f"type={_text(kind)!r}", name, "type")
    names = [exact_name(kind) for kind in type(hook).__mro__]
    name = next(filter(None, names), None)
    if name is None or any(kind.__name__ == name for kind in type(hook).__mro__):
        return hook, None
    return hook, (
        f"custom_hooks: {type(hook).__name__} cannot be resumed exactly: take {name} of seg_plugins.hooks "
        "in its place, or base your class on it"
    )


def exact_loop(loop: dict) -> tuple[dict, list[str]]:
    """Return a training loop's config with upstream's loop replaced by the exact one of the same kind.

    Args:
        loop: `train_cfg`; it is not changed.

    Returns:
        The config, and a line for the log if it differs from the one given.

    Raises:
        ValueError: Not exactly one of ``type`` and ``by_epoch`` is set.

    >>> exact_loop(dict(type="IterBasedTrainLoop", max_iters=10))[0]
    {'type': 'mmseg.ExactIterTrainLoop', 'max_iters': 10}
    """
    loop = dict(loop)
    if ("type" in loop) == ("by_epoch" in loop):
        found = "both type and by_epoch" if "type" in loop else "neither type nor by_epoch"
        raise ValueError(
            f"train_cfg has {found}: {loop}. Only one of them says which loop it is: set "
            "type='ExactIterTrainLoop' with max_iters, or type='ExactEpochTrainLoop' with max_epochs"
        )
    given = "type"
    if "by_epoch" in loop:
        given = f"by_epoch={loop['by_epoch']}"
        loop["type"] = "EpochBasedTrainLoop" if loop.pop("by_epoch") else "IterBasedTrainLoop"
    kind = loop["type"]
    if (name := exact_name(kind)) is None:
        return loop, []
    loop["type"] = f"mmseg.{name}"
    named = f"type={_text(kind)!r}" if given == "type" else given
    return loop, [_line("train_cfg", named, name)]


def exact_loader(loader: dict) -> tuple[dict, list[str]]:
    """Return a training loader's config with an exact sampler and a data set that uses sample keys.

    A sampler that is neither upstream's nor gives keys is not changed, and nor is its data set. The same
    holds for a loader without a sampler (an iterable data set).

    Args:
        loader: `train_dataloader`; it is not changed.

    Returns:
        The config, and a line for the log for each part that differs from the one given.
    """
    loader, lines, sampler, dataset = copy.copy(loader), [], loader.get("sampler"), loader.get("dataset")
    if isinstance(sampler, dict) and (name := exact_name(sampler.get("type", ""))) is not None:
        loader["sampler"] = {**sampler, "type": f"mmseg.{name}"}
        lines.append(_line("train_dataloader.sampler", f"type={_text(sampler['type'])!r}", name))
    kind = dataset.get("type") if isinstance(dataset, dict) else type(dataset)  # building refuses None
    if kind is not None and _gives_keys(loader.get("sampler")) and not takes_keys(dataset):
        kind = _text(kind)
        loader["dataset"] = {"type": "mmseg.KeyedDataset", "dataset": dataset}
        lines.append(
            f"train_dataloader.dataset: {kind} does not draw samples from their keys, so it runs inside a "
            "KeyedDataset, which does. To say so in the config, write train_dataloader.dataset=dict("
            f"type='mmseg.KeyedDataset', dataset=dict(type={kind!r}, ...))"
        )
    return loader, lines


def _gives_keys(sampler: Any) -> bool:
    """Return whether a sampler, or the class in a sampler's config, gives keys."""
    kind = sampler.get("type") if isinstance(sampler, dict) else type(sampler)
    return bool(getattr(DATA_SAMPLERS.get(kind) if isinstance(kind, str) else kind, "gives_keys", False))


def _text(kind: str | type) -> str:
    return kind if isinstance(kind, str) else kind.__name__


def _line(key: str, given: str, name: str, at: str = "") -> str:
    return (
        f"{key} has {given}, which cannot be resumed exactly: {name} runs in its place, and can. To say so "
        f"in the config, write {at or f'{key}.type'}='mmseg.{name}' instead"
    )
