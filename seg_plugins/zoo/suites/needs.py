"""The key `needs` of a suite's rows: its syntax, the rows that it names, and a check against cycles."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from seg_plugins.config.suggestions import did_you_mean

from .model import TESTED, Model, Need
from .suite_checks import EXPORT_KEYS, NEED_KEYS, check_keys

__all__ = ["parse_needs", "refuse_export", "resolve_needs"]

KEY = re.compile(r"[A-Za-z_]\w*(\.\w+)*")


def parse_needs(path: Path, config: str, raw: Any) -> tuple[Need, ...]:
    """Read the key `needs`: a row's name, a mapping with `row`, or a list of these.

    Args:
        path: The suite file.
        config: The config of the row that has the key.
        raw: The key's value; None means that nothing is needed.

    Raises:
        ValueError: The value has another form, or a key in it is unknown.
    """
    entries = [] if raw is None else raw if isinstance(raw, list) else [raw]
    found = []
    for entry in entries:
        entry = {"row": entry} if isinstance(entry, str) else entry
        if not isinstance(entry, Mapping):
            raise ValueError(
                f"{path}: needs of {config}: got {entry!r}; write a row's name, or {{row: NAME, as: KEY}}"
            )
        check_keys(path, f"needs of {config}", entry, NEED_KEYS, {"row"})
        option, seed = entry.get("as", "load_from"), entry.get("seed")
        if not isinstance(option, str) or not KEY.fullmatch(option):
            raise ValueError(
                f"{path}: needs of {config}: `as` is a config key such as load_from or "
                f"model.backbone.init_cfg.checkpoint, or {TESTED}; got {option!r}"
            )
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise ValueError(f"{path}: needs of {config}: `seed` is an integer; got {seed!r}")
        found.append(Need(str(entry["row"]), str(entry.get("suite", path.stem)), option, seed))
    return tuple(found)


def resolve_needs(
    path: Path,
    models: Sequence[Model],
    suites: Iterable[str],
    models_of: Callable[[str], Sequence[Model]],
) -> tuple[Model, ...]:
    """Find the rows that models need.

    Args:
        path: The suite file.
        models: The suite's models, with their needs as written.
        suites: The names of all suites.
        models_of: Function that returns the models of another suite.

    Returns:
        The models, with needs that name lines.

    Raises:
        ValueError: A row or suite is unknown, a seed is missing, a key is set twice, or rows need each other.
    """
    others = [name for name in suites if name != path.stem]
    resolved = []
    for model in models:
        needs = []
        for need in model.needs:
            if need.suite not in (path.stem, *others):
                hint = did_you_mean(need.suite, others)
                raise ValueError(f"{path}: {model.line}: there is no other suite {need.suite!r}.{hint}")
            known = models if need.suite == path.stem else models_of(need.suite)
            needs.append(_resolve(path, model, need, known, others, models_of))
        _refuse_double(path, model, needs)
        resolved.append(replace(model, needs=tuple(needs)))
    _refuse_circles(path, resolved)
    return tuple(resolved)


def _named(need: Need, config: str, models: Sequence[Model]) -> list[Model]:
    """Return the models that a need may mean: its line, a variant of its config, or a variant or name."""
    return (
        [m for m in models if m.line == need.line]
        or [m for m in models if m.variant == need.line and m.config == config]
        or [m for m in models if need.line in (m.variant, m.name)]
    )


def _names(models: Sequence[Model]) -> list[str]:
    return list(dict.fromkeys(name for m in models for name in (m.line, m.variant) if name))


def _resolve(
    path: Path,
    model: Model,
    need: Need,
    models: Sequence[Model],
    others: Sequence[str],
    models_of: Callable[[str], Sequence[Model]],
) -> Need:
    where = f"{path}: {model.line} needs {need.line!r}"
    found = _named(need, model.config, models)
    if not found:
        known = _names([m for m in models if m is not model])
        hint = did_you_mean(need.line, known, cutoff=0.4) or _elsewhere(need, model, others, models_of)
        raise ValueError(f"{where}, and suite {need.suite} has no such row.{hint}")
    if len(found) > 1:
        lines = ", ".join(m.line for m in found)
        raise ValueError(f"{where}, which is the name of several rows: write one of {lines}")
    source = found[0]
    for seed in model.seeds if need.seed is None else (need.seed,):
        if seed not in source.seeds:
            known = ", ".join(map(str, source.seeds))
            raise ValueError(
                f"{where}, which has no seed {seed} in suite {need.suite} (it has {known}): list that seed, "
                "or write `seed:` in needs to use one for all"
            )
    if not source.trains:
        raise ValueError(f"{where}, and {source.line} trains nothing: name the row that trains the weights")
    return replace(need, line=source.line)


def _elsewhere(
    need: Need, model: Model, others: Sequence[str], models_of: Callable[[str], Sequence[Model]]
) -> str:
    """Return the end of a message if other suites have a row of that name."""
    for name in others if need.suite not in others else ():
        try:
            if _named(need, model.config, models_of(name)):
                return f" Suite {name} has it: write {{suite: {name}, row: {need.line}}}"
        except (ValueError, FileNotFoundError):
            continue
    return ""


def _refuse_double(path: Path, model: Model, needs: Sequence[Need]) -> None:
    taken: dict[str, str] = dict.fromkeys(model.options, "its options set")
    for need in needs:
        if need.option in taken:
            raise ValueError(
                f"{path}: {model.line} needs {need.line} as {need.option}, which {taken[need.option]} too: "
                "write another key in `as`"
            )
        taken[need.option] = f"{need.line} is given to"


def _refuse_circles(path: Path, models: Sequence[Model]) -> None:
    needed = {m.line: [need.line for need in m.needs if need.suite == path.stem] for m in models}
    good: set[str] = set()

    def visit(line: str, way: tuple[str, ...]) -> None:
        if line in way:
            circle = " -> ".join([*way[way.index(line) :], line])
            raise ValueError(f"{path}: rows need each other: {circle}: remove one of these `needs`")
        if line not in good:
            for other in needed[line]:
                visit(other, (*way, line))
            good.add(line)

    for line in needed:
        visit(line, ())


def refuse_export(
    path: Path, config: str, raw: Any, suites: Iterable[str], models_of: Callable[[str], Sequence[Model]]
) -> None:
    """Check the key `weights` of a row, which names an exported file; no exporter exists yet.

    Raises:
        ValueError: Always: the key is wrong, or there is no exporter.
    """
    if not isinstance(raw, Mapping):
        raise ValueError(
            f"{path}: weights of {config} are {{suite: NAME, row: NAME, export: KIND}}; got {raw!r}; name "
            "the checkpoint of another row by `needs`"
        )
    check_keys(path, f"weights of {config}", raw, EXPORT_KEYS, EXPORT_KEYS)
    known = list(suites)
    if raw["suite"] not in known:
        raise ValueError(
            f"{path}: weights of {config}: there is no suite {raw['suite']!r}."
            f"{did_you_mean(str(raw['suite']), known)}"
        )
    models = models_of(raw["suite"]) if raw["suite"] != path.stem else ()
    if models and not _named(Need(str(raw["row"]), raw["suite"]), config, models):
        raise ValueError(
            f"{path}: weights of {config}: suite {raw['suite']} has no row {raw['row']!r}."
            f"{did_you_mean(str(raw['row']), _names(models))}"
        )
    raise ValueError(
        f"{path}: {config} would test the {raw['export']} file exported from {raw['row']}, and no exporter "
        "writes one yet: remove `weights`; `needs` with `as: test` tests the checkpoint itself"
    )
