"""A hash of everything in a config but what is known to decide no result."""

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

RULE = 2  # how hashes are made now; records say theirs as `hash_rule`, those without it are of rule 1

# Keys that decide no result, wherever they stand: places on disk, and how loaders work.
PLACES = {"data_root", "work_dir", "save_dir", "out_dir", "log_dir", "cache_dir", "output_dir"}
MECHANICS = {"num_workers", "persistent_workers", "pin_memory", "prefetch_factor"}
# At the top: what is shown and logged, how a run is started and goes on, and test-time augmentation, which no
# run of a suite has.
NEUTRAL = {
    "engine", "env_cfg", "experiment_name", "find_unused_parameters", "launcher", "log_level",
    "log_processor", "resume", "trust_checkpoint", "tta_model", "tta_pipeline", "vis_backends", "visualizer",
}  # fmt: skip
# Hooks that look on. Every other hook counts, known or not, and so does a default hook that is switched off.
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


def rule_of(record: Mapping[str, Any]) -> int:
    """The rule that the hash of a record was made by."""
    return int(record.get("hash_rule") or 1)


def canonical(value: Any, key: str = "", rule: int = RULE) -> Any:
    """A value with places, loader mechanics and the order of keys taken out; tuples become lists.

    Paths of weights, lists and other files count as they are written; by rule 1 only their last part did.
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
    """Whether a hook of a config decides no result."""
    return isinstance(hook, Mapping) and hook.get("type") in NEUTRAL_HOOKS


def counted_parts(config: Mapping[str, Any]) -> dict[str, Any]:
    """What counts in a config, by top-level key: all but what is neutral, places and hooks that look on."""
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
    """Modules of others that a config imports; this package is imported by every config, under any name.

    >>> foreign_imports({"imports": ["seg_plugins.register", "mine"]})
    ['mine']
    """
    names = (custom or {}).get("imports") or []
    names = [names] if isinstance(names, str) else names
    return [name for name in names if name.partition(".")[0] != OWN_PACKAGE] or None


def parts_of_rule_1(config: Mapping[str, Any]) -> dict[str, Any]:
    """What counted by rule 1: some keys, and hooks of some names."""
    hooks = config.get("custom_hooks") or []
    known = [h for h in hooks if any(name in str(h.get("type")) for name in HOOKS_OF_RULE_1)]
    return {name: config.get(name) for name in SECTIONS_OF_RULE_1} | {"recipe_hooks": known or None}


def section_hashes(config: Mapping[str, Any], rule: int = RULE) -> dict[str, str]:
    """The hash of every top-level key that counts, 12 hex digits each; keys of None are left out.

    Args:
        config: A resolved config or a plain dictionary of the same shape.
        rule: How, see `RULE`.
    """
    parts = parts_of_rule_1(config) if rule == 1 else counted_parts(config)
    return {
        name: _digest(canonical(part, name, rule))[:12] for name, part in parts.items() if part is not None
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def seed_hashes(config: Mapping[str, Any], rule: int = RULE) -> Callable[[int], str]:
    """A function that gives `config_hash` of a config at any seed, at the price of hashing its randomness.

    Args:
        config: A resolved config; its own seed does not count.
        rule: How, see `RULE`.
    """
    sections, randomness = section_hashes(config, rule), dict(config.get("randomness") or {})

    def at(seed: int) -> str:
        part = canonical({**randomness, "seed": seed}, "randomness", rule)
        return hash_of_sections({**sections, "randomness": _digest(part)[:12]})

    return at


def hash_of_sections(sections: Mapping[str, str]) -> str:
    """The hash, 16 hex digits, that `section_hashes` make together."""
    return _digest(sections)[:16]


def config_hash(config: Mapping[str, Any], rule: int = RULE) -> str:
    """One hash, 16 hex digits, over all of `section_hashes`.

    >>> a = config_hash({"model": {"type": "UNet"}, "work_dir": "a"})
    >>> a == config_hash({"model": {"type": "UNet"}, "work_dir": "b"})
    True
    >>> a == config_hash({"model": {"type": "FCN"}, "work_dir": "a"})
    False
    """
    return hash_of_sections(section_hashes(config, rule))


def current_hashes(layout: Layout) -> Callable[..., str]:
    """A function that gives the hash which a row's record must have, by the record's rule."""
    known: dict[tuple[str, int], Callable[[int], str]] = {}

    def hash_of(row: Row, rule: int = RULE) -> str:
        config = row.model.config
        if row.options != row.model.options:  # the seed chooses more than the randomness
            return config_hash(resolved_config(layout.config(config), row.options, row.seed), rule)
        line = row.model.line, rule
        if line not in known:
            known[line] = seed_hashes(resolved_config(layout.config(config), row.options), rule)
        return known[line](row.seed)

    return hash_of
