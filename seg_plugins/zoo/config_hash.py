"""A hash of everything in a config that decides a run's result, and of nothing else."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from mmengine.config import Config

from seg_plugins.launch.config_file import file_config
from seg_plugins.launch.config_variables import merge_options

__all__ = ["SECTIONS", "config_hash", "load_config", "section_hashes", "seed_hashes"]

SECTIONS = (
    "model",
    "train_dataloader",
    "val_dataloader",
    "test_dataloader",
    "optim_wrapper",
    "param_scheduler",
    "train_cfg",
    "val_cfg",
    "test_cfg",
    "val_evaluator",
    "test_evaluator",
    "randomness",
    "auto_scale_lr",
    "load_from",
    "fast",
)
PLACES = {"data_root", "work_dir", "save_dir", "out_dir", "log_dir", "cache_dir", "output_dir"}
MECHANICS = {"num_workers", "persistent_workers", "pin_memory", "prefetch_factor"}
RECIPE_HOOKS = ("EMA", "EarlyStopping", "Freeze", "Transfer", "SwitchPipeline")  # parts of names


@lru_cache(maxsize=4096)
def _file(path: str) -> Config:
    return file_config(path, import_modules=False)


def load_config(path: Path, options: Mapping[str, Any] | None = None, seed: int | None = None) -> Config:
    """Load a config as a run sees it, without importing what it names.

    Args:
        path: The config file.
        options: Dotted keys to override, as `--cfg-options` takes them.
        seed: The value of `randomness.seed`; None keeps the config's own.
    """
    config = _file(str(path))
    changes = dict(options or {})
    if seed is not None:
        changes["randomness.seed"] = seed
    return merge_options(config, changes)[0] if changes else config


def canonical(value: Any, key: str = "") -> Any:
    """A value with paths, loader mechanics and the order of keys taken out; tuples become lists."""
    if isinstance(value, Mapping):
        kept = {k: v for k, v in value.items() if k not in PLACES and k not in MECHANICS}
        return {str(k): canonical(v, str(k)) for k, v in sorted(kept.items(), key=lambda item: str(item[0]))}
    if isinstance(value, list | tuple):
        return [canonical(item, key) for item in value]
    if isinstance(value, str) and (value.startswith(("/", "~")) or key in {"load_from", "checkpoint"}):
        return PurePosixPath(value).name
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def recipe_hooks(config: Mapping[str, Any]) -> list[Any]:
    """The custom hooks that change weights, data or training length (EMA, freezing, early stopping)."""
    hooks = config.get("custom_hooks") or []
    return [hook for hook in hooks if any(name in str(hook.get("type")) for name in RECIPE_HOOKS)]


def section_hashes(config: Mapping[str, Any]) -> dict[str, str]:
    """The hash of every section that decides the result, 12 hex digits each.

    Covered: model, data pipelines and samplers, optimiser wrapper, schedule, loops, evaluators, randomness,
    weights to start from, the fast preset, and hooks that change the weights. Not covered: places on disk,
    workers, other hooks, logging, launcher.

    Args:
        config: A resolved config or a plain dictionary of the same shape.
    """
    parts = {name: config.get(name) for name in SECTIONS}
    parts["recipe_hooks"] = recipe_hooks(config) or None
    return {name: _digest(canonical(part, name))[:12] for name, part in parts.items() if part is not None}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def seed_hashes(config: Mapping[str, Any]) -> Callable[[int], str]:
    """A function that gives `config_hash` of a config at any seed, at the price of hashing its randomness.

    Args:
        config: A resolved config; its own seed does not count.
    """
    sections, randomness = section_hashes(config), dict(config.get("randomness") or {})

    def at(seed: int) -> str:
        part = canonical({**randomness, "seed": seed}, "randomness")
        return _digest({**sections, "randomness": _digest(part)[:12]})[:16]

    return at


def config_hash(config: Mapping[str, Any]) -> str:
    """One hash, 16 hex digits, over all of `section_hashes`.

    >>> a = config_hash({"model": {"type": "UNet"}, "work_dir": "a"})
    >>> a == config_hash({"model": {"type": "UNet"}, "work_dir": "b"})
    True
    >>> a == config_hash({"model": {"type": "FCN"}, "work_dir": "a"})
    False
    """
    return _digest(section_hashes(config))[:16]
