"""New hashes for records, if it is proven that only names changed in their configs.

A record names its commit. Its config is resolved at that commit and now. The record gets the new hash only if
the two are equal except for `RENAMES`, and the code of that commit states that the new name is what ran. The
hash of the run stays in the record as `as_run`. Every other record stays unchanged, and the tables continue
to mark it as stale.
"""

import io
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .config_hash import (
    RULE,
    canonical,
    config_hash,
    counted_parts,
    resolved_config,
    rule_of,
    section_hashes,
)
from .layout import Layout
from .record import read_records, write_record
from .suite import load_suite

__all__ = ["ABSENT", "RENAMES", "Migration", "Rename", "config_differences", "migrate_records"]

ABSENT = "absent"

WITNESS = "seg_plugins/runners/exactness.py"  # at old commits, it states which class replaced which


@dataclass(frozen=True)
class Rename:
    """A change of a config that changes no result.

    Attributes:
        keys: Pattern of the dotted keys to which it applies; `*` is any text.
        before: The old value, as it counts in the hash.
        now: The new value.
        said: Whether the old code has to state that the new class is what ran. Otherwise a test has to show
            that the two are equal.
    """

    keys: str
    before: Any
    now: Any
    said: bool = True


RENAMES = (
    Rename("train_cfg.type", "IterBasedTrainLoop", "ExactIterTrainLoop"),
    Rename("train_cfg.type", "EpochBasedTrainLoop", "ExactEpochTrainLoop"),
    Rename("train_dataloader.sampler.type", "InfiniteSampler", "ExactInfiniteSampler"),
    Rename("train_dataloader.sampler.type", "DefaultSampler", "ExactEpochSampler"),
    Rename(  # tests/transforms/test_whole_image_backend.py: the same pixels
        "*pipeline.*",
        {"type": "LoadSegImage"},
        {"type": "LoadImageFromFile", "backend_args": {"backend": "WholeImageBackend"}},
        said=False,
    ),
)


@dataclass
class Migration:
    """The outcome for all records.

    Attributes:
        rewritten: Records that have the new hash, as paths below the checkout.
        current: Records that had it before.
        left: Records that stay unchanged, each with the reason.
    """

    rewritten: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


class Commits:
    """The configs of a repository at its commits, unpacked below a folder that the caller removes."""

    def __init__(self, layout: Layout, folder: Path) -> None:
        self.layout, self.folder = layout, folder

    def configs(self, commit: str) -> Path | None:
        """Return the folder of the configs at a commit, or None if the repository lacks the commit."""
        target = self.folder / commit
        if not target.is_dir():
            command = ["git", "-C", str(self.layout.root), "archive", "--format=tar", commit, "configs"]
            done = subprocess.run(command, capture_output=True, check=False)
            if done.returncode != 0:
                return None
            with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
                archive.extractall(target, filter="data")
        return target / "configs"

    def says(self, commit: str, before: str, now: str) -> bool:
        """Test whether the code of a commit replaced one class by another."""
        text = self.layout.git("show", f"{commit}:{WITNESS}") or ""
        return any(f'"{before}": "{scope}{now}"' in text for scope in ("", "mmseg."))


def config_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the differences between two configs that count in the hash: dotted key, old value, new value.

    A whole part that `RENAMES` renames is one difference. A key that one config lacks has the value
    `ABSENT` there; a top-level key of value None is absent.
    """
    old, new = (
        {k: canonical(v, k) for k, v in counted_parts(config).items() if v is not None}
        for config in (before, now)
    )
    yield from _differences(old, new, "")


def _differences(old: Any, new: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    if old == new and json.dumps(old) == json.dumps(new):  # 1, 1.0 and True are equal, but hash differently
        return
    if any(fits(rename, key, old, new) for rename in RENAMES) or not _alike(old, new):
        yield key, old, new
        return
    pairs = enumerate(zip(old, new, strict=True)) if isinstance(old, list) else None
    if pairs is None:
        names = sorted({*old, *new})
        pairs = ((name, (old.get(name, ABSENT), new.get(name, ABSENT))) for name in names)
    for name, (a, b) in pairs:
        yield from _differences(a, b, f"{key}.{name}" if key else str(name))


def _alike(old: Any, new: Any) -> bool:
    """Test whether two values can be compared member by member."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new)
    return isinstance(old, dict) and isinstance(new, dict)


def fits(rename: Rename, key: str, old: Any, new: Any) -> bool:
    """Test whether a difference is a given rename."""
    return fnmatchcase(key, rename.keys) and (old, new) == (rename.before, rename.now)


def as_run(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return rule and hash that a record was written with."""
    return record.get("as_run") or {"hash_rule": rule_of(record), "config_hash": record["config_hash"]}


def reason_to_leave(
    record: Mapping[str, Any], config: str, now: Mapping[str, Any], commits: Commits
) -> str | None:
    """Return why a record's hash must not become that of the present config, or None if it may.

    Args:
        record: The record.
        config: Path of its config below `configs/`.
        now: The present config, resolved with the options and the seed of its row.
        commits: Source of the old config.
    """
    commit = str(record["commit"])
    if not re.fullmatch("[0-9a-f]{40}", commit):
        return f"{commit!r} is not the full name of a commit"
    if record.get("dirty"):
        return f"it was made at {commit} with changes that are in no commit"
    configs = commits.configs(commit)
    if configs is None or not (configs / config).is_file():
        return f"its commit {commit} or {config} at that commit is not in this repository"
    before = resolved_config(configs / config, record.get("options"), record["seed"])
    if config_hash(before, rule_of(as_run(record))) != as_run(record)["config_hash"]:
        return f"its hash is not that of {config} at its commit {commit}"
    for key, old, new in config_differences(before, now):
        rename = next((rename for rename in RENAMES if fits(rename, key, old, new)), None)
        if rename is None:
            return f"{key} was {old!r} and is {new!r}"
        if rename.said and not commits.says(commit, old, new):
            return f"{WITNESS} at {commit} does not say that {new} ran where {old} was named"
    return None


def migrate_records(layout: Layout, suites: list[str], write: bool = True) -> Migration:
    """Rewrite the hashes of records of some suites for which the present hash is proven.

    Args:
        layout: The checkout, a git repository with the records' commits.
        suites: Names of suites.
        write: Whether to change files, or only report what would change.

    Returns:
        The outcome for all records.
    """
    result = Migration()
    with tempfile.TemporaryDirectory() as folder:
        commits = Commits(layout, Path(folder))
        for suite in suites:
            rows = {row.slot: row for row in load_suite(layout, suite).rows}
            for slot, record in read_records(layout.results(suite)).items():
                path = layout.results(suite) / f"{slot}.json"
                name = (
                    path.relative_to(layout.root).as_posix()
                    if path.is_relative_to(layout.root)
                    else str(path)
                )
                if slot not in rows:
                    result.left[name] = f"suite {suite} no longer has such a run"
                    continue
                row = rows[slot]
                now = resolved_config(layout.config(row.model.config), row.options, row.seed)
                digest = config_hash(now)
                if rule_of(record) == RULE and record["config_hash"] == digest:
                    result.current.append(name)
                elif (reason := reason_to_leave(record, row.model.config, now, commits)) is not None:
                    result.left[name] = reason
                else:
                    result.rewritten.append(name)
                    if write:
                        new = {"hash_rule": RULE, "config_hash": digest, "sections": section_hashes(now)}
                        write_record(path, record | new | {"as_run": as_run(record)})
    return result
