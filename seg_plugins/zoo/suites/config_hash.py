"""A hash of everything in a config, except for keys that are known to change no result."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from mmengine.config import Config

from seg_plugins.config.reading import file_config
from seg_plugins.config.variables import merge_options

from .layout import Layout
from .model import Row

__all__ = [
    "RULE",
    "config_hash",
    "current_hashes",
    "hash_of_sections",
    "resolved_config",
    "rule_of",
    "section_hashes",
    "seed_hashes",
]

RULE = 2  # the present rule of hashes; records name theirs in `hash_rule`, those without it have rule 1

# Keys that change no result, at any depth: places on disk, and how loaders work.
PLACES = {"data_root", "work_dir", "save_dir", "out_dir", "log_dir", "cache_dir", "output_dir"}
MECHANICS = {"num_workers", "persistent_workers", "pin_memory", "prefetch_factor"}
# Top-level keys that change no result: display, logging, start and continuation of a run, and test-time
# augmentation, which no run of a suite uses.
NEUTRAL = {
    "engine", "env_cfg", "experiment_name", "find_unused_parameters", "launcher", "log_level",
    "log_processor", "resume", "trust_checkpoint", "tta_model", "tta_pipeline", "vis_backends", "visualizer",
}  # fmt: skip
# Hooks that only observe. Every other hook counts, known or not, and so does a disabled default hook.
NEUTRAL_HOOKS = {
    "CheckpointHook", "CurvesHook", "EmptyCacheHook", "IterTimerHook", "LoggerHook", "OutOfMemoryHook",
    "OverlayHook", "PreflightHook", "ProfilerHook", "ReportHook", "SegVisualizationHook",
    "WholeCheckpointHook",
}  # fmt: skip
OWN_PACKAGE = __name__.partition(".")[0]
NEUTRAL_PLACES = {"checkpoint", "curves", "logger", "overlays", "report", "timer", "visualization"}

SECTIONS_OF_RULE_1 = (
    "model", "train_dataloader", "val_dataloader", "test_dataloader", "optim_wrapper", "param_scheduler",
    "train_cfg", "val_cfg", "test_cfg", "val_evaluator", "test_evaluator", "randomness", "auto_scale_lr",
    "load_from", "fast",
)  # fmt: skip
HOOKS_OF_RULE_1 = ("EMA", "EarlyStopping", "Freeze", "Transfer", "SwitchPipeline")  # parts of names


@lru_cache(maxsize=4096)
def _file(path: str) -> Config:
    return file_config(path, import_modules=False)


def resolved_config(path: Path, options: Mapping[str, Any] | None = None, seed: int | None = None) -> Config:
    """Load a config as a run sees it, without importing its modules.

    Args:
        path: The config file.
        options: Dotted keys to override, in the form of `--cfg-options`.
        seed: The value of `randomness.seed`; None keeps the config's own.
    """
    config = _file(str(path))
    changes = dict(options or {})
    if seed is not None:
        changes["randomness.seed"] = seed
    return merge_options(config, changes)[0] if changes else config


def rule_of(record: Mapping[str, Any]) -> int:
    """Return the rule that the hash of a record was made by."""
    return int(record.get("hash_rule") or 1)


def canonical(value: Any, key: str = "", rule: int = RULE) -> Any:
    """Remove places, loader mechanics and the order of keys from a value; tuples become lists.

    Paths of weights, lists and other files count as written; by rule 1 only their last part counted.
    """
    if isinstance(value, Mapping):
        kept = {k: v for k, v in value.items() if k not in PLACES and k not in MECHANICS}
        return {
            str(k): canonical(v, str(k), rule) for k, v in sorted(kept.items(), key=lambda item: str(item[0]))
        }
    if isinstance(value, list | tuple):
        return [canonical(item, key, rule) for item in value]
    if (
        rule == 1
        and isinstance(value, str)
        and (value[:1] in ("/", "~") or key in {"load_from", "checkpoint"})
    ):
        return PurePosixPath(value).name
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def looks_on(hook: Any) -> bool:
    """Test whether a hook of a config changes no result."""
    return isinstance(hook, Mapping) and hook.get("type") in NEUTRAL_HOOKS


def counted_parts(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what counts in a config, by top-level key: all but neutral keys, places and observing hooks."""
    parts = {k: v for k, v in config.items() if k not in NEUTRAL and k not in PLACES}
    custom = [hook for hook in config.get("custom_hooks") or [] if not looks_on(hook)]
    default = {
        place: hook
        for place, hook in (config.get("default_hooks") or {}).items()
        if not looks_on(hook) and not (hook is None and place in NEUTRAL_PLACES)
    }
    imports = foreign_imports(config.get("custom_imports"))
    return {
        **parts,
        "custom_imports": imports,
        "custom_hooks": custom or None,
        "default_hooks": default or None,
    }


def foreign_imports(custom: Any) -> list[str] | None:
    """Return the foreign modules that a config imports; imports of this package do not count.

    >>> foreign_imports({"imports": ["seg_plugins.register", "mine"]})
    ['mine']
    """
    names = (custom or {}).get("imports") or []
    names = [names] if isinstance(names, str) else names
    return [name for name in names if name.partition(".")[0] != OWN_PACKAGE] or None


def parts_of_rule_1(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what counted by rule 1: some keys, and hooks of some names."""
    hooks = config.get("custom_hooks") or []
    known = [h for h in hooks if any(name in str(h.get("type")) for name in HOOKS_OF_RULE_1)]
    return {name: config.get(name) for name in SECTIONS_OF_RULE_1} | {"recipe_hooks": known or None}


def section_hashes(config: Mapping[str, Any], rule: int = RULE) -> dict[str, str]:
    """Hash every top-level key that counts, to 12 hex digits each; keys of value None are left out.

    Args:
        config: A resolved config or a plain dictionary of the same shape.
        rule: The rule of the hash; see `RULE`.
    """
    parts = parts_of_rule_1(config) if rule == 1 else counted_parts(config)
    return {
        name: _digest(canonical(part, name, rule))[:12] for name, part in parts.items() if part is not None
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def seed_hashes(config: Mapping[str, Any], rule: int = RULE) -> Callable[[int], str]:
    """Return a function that computes `config_hash` of a config at any seed, hashing only its randomness.

    Args:
        config: A resolved config; its own seed does not count.
        rule: The rule of the hash; see `RULE`.
    """
    sections, randomness = section_hashes(config, rule), dict(config.get("randomness") or {})

    def at(seed: int) -> str:
        part = canonical({**randomness, "seed": seed}, "randomness", rule)
        return hash_of_sections({**sections, "randomness": _digest(part)[:12]})

    return at


def hash_of_sections(sections: Mapping[str, str]) -> str:
    """Combine `section_hashes` to one hash of 16 hex digits."""
    return _digest(sections)[:16]


def config_hash(config: Mapping[str, Any], rule: int = RULE) -> str:
    """Compute one hash, 16 hex digits, over all of `section_hashes`.

    >>> a = config_hash({"model": {"type": "UNet"}, "work_dir": "a"})
    >>> a == config_hash({"model": {"type": "UNet"}, "work_dir": "b"})
    True
    >>> a == config_hash({"model": {"type": "FCN"}, "work_dir": "a"})
    False
    """
    return hash_of_sections(section_hashes(config, rule))


def current_hashes(layout: Layout) -> Callable[..., str]:
    """Return a function that computes the hash a row's record must have, by the record's rule."""
    known: dict[tuple[str, int], Callable[[int], str]] = {}

    def hash_of(row: Row, rule: int = RULE) -> str:
        config = row.model.config
        if row.options != row.model.options:  # the seed changes more than the randomness
            return config_hash(resolved_config(layout.config(config), row.options, row.seed), rule)
        line = row.model.line, rule
        if line not in known:
            known[line] = seed_hashes(resolved_config(layout.config(config), row.options), rule)
        return known[line](row.seed)

    return hash_of
