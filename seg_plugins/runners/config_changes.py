"""Differences between the config of a checkpoint and that of the run which resumes it."""

from collections.abc import Iterator, Mapping
from typing import Any

from .exactness import exact_name

__all__ = ["changed_settings", "settings_of"]

WATCHED = ("model", "train_dataloader", "train_cfg", "optim_wrapper", "param_scheduler", "custom_hooks")


def settings_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of training, as checkpoints store them: dotted keys and values as text.

    Members of a list are named by their types. Upstream's loops and samplers get the names of the exact
    classes that run in their place, so that the substitution does not count as a change.

    Args:
        config: A resolved config.

    >>> settings_of(dict(train_cfg=dict(by_epoch=False, max_iters=20), work_dir="a"))
    {'train_cfg.max_iters': '20', 'train_cfg.type': "'ExactIterTrainLoop'"}
    """
    found = {name: value_of(config[name]) for name in WATCHED if config.get(name) is not None}
    return dict(flattened(as_it_ran(found)))


def changed_settings(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return the settings of training that differ.

    Args:
        old: Result of `settings_of`.
        new: Result of `settings_of` for another config.

    Returns:
        One line per setting: dotted key, old and new value.

    >>> changed_settings({"train_cfg.max_iters": "20"}, {"train_cfg.max_iters": "40"})
    ['train_cfg.max_iters: 20 -> 40']
    """
    keys = [*old, *(key for key in new if key not in old)]
    lines = [
        f"{k}: {old.get(k, 'absent')} -> {new.get(k, 'absent')}" for k in keys if old.get(k) != new.get(k)
    ]
    if not lines and list(old) != list(new):
        old_keys, new_keys = zip(*[(a, b) for a, b in zip(old, new, strict=True) if a != b], strict=True)
        lines.append(f"order: {old_keys[0]} first -> {new_keys[0]} first")
    return lines


def as_it_ran(found: dict[str, Any]) -> dict[str, Any]:
    """Replace upstream's names by those of the exact classes that ran."""
    loop, loader = found.get("train_cfg"), found.get("train_dataloader")
    if isinstance(loop, dict):
        if isinstance(loop.get("by_epoch"), bool):
            loop["type"] = "EpochBasedTrainLoop" if loop.pop("by_epoch") else "IterBasedTrainLoop"
        _name_exactly(loop)
    if isinstance(loader, dict):
        _name_exactly(loader.get("sampler"))
        dataset = loader.get("dataset")
        if isinstance(dataset, dict) and dataset.get("type") in ("KeyedDataset", "mmseg.KeyedDataset"):
            loader["dataset"] = dataset.get("dataset")
    return found


def _name_exactly(part: Any) -> None:
    if isinstance(part, dict) and isinstance(part.get("type"), str):
        kind = part["type"].removeprefix("mmseg.")
        part["type"] = exact_name(kind) or kind


def value_of(value: Any) -> Any:
    """Copy a part of a config to new dictionaries, with classes and functions as their names."""
    if isinstance(value, Mapping):
        return {str(key): value_of(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return by_name([value_of(member) for member in value])
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return value


def by_name(members: list[Any]) -> dict[Any, Any]:
    """Key the members of a list by their types, so that inserting one does not change the others.

    A second member of a type is numbered, as is a member without a type. The order is an entry of its own.

    >>> by_name([{"type": "EMAHook"}, {"type": "EMAHook"}])
    {'ExactEMAHook': {'type': 'ExactEMAHook'}, 'ExactEMAHook.1': {'type': 'ExactEMAHook'}}
    """
    if not all(isinstance(member, dict) and "type" in member for member in members):
        return dict(enumerate(members))
    named: dict[str, Any] = {}
    count: dict[str, int] = {}
    for member in members:
        _name_exactly(member)
        kind = str(member["type"])
        count[kind] = count.get(kind, -1) + 1
        named[f"{kind}.{count[kind]}" if count[kind] else kind] = member
    return named


def flattened(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted keys and values as text."""
    if not isinstance(value, dict):
        yield prefix, repr(value)
        return
    for key, member in value.items():
        yield from flattened(member, f"{prefix}.{key}" if prefix else str(key))
