"""Giving records the hash of now, where it is proven that their configs changed by names alone.

A record names the commit that it was made at. Its config is resolved there and now; only if the two are equal
but for `RENAMES`, and the code of that commit says that the new name is what ran, does the record get the new
hash; that of its run stays in it as `as_run`. Every other record is left as it is, and the tables go on to
mark it as stale.
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

WITNESS = "seg_plugins/runners/exactness.py"  # where the code of before says which class took whose place


@dataclass(frozen=True)
class Rename:
    """A change of a config that changes no result.

    Attributes:
        keys: Pattern of the dotted keys where it may stand; `*` is any text.
        before: The value before, as it counts in the hash.
        now: The value now.
        said: Whether the code of before has to say that what is named now is what ran. Otherwise a test has
            to show that the two are equal.
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
    """What became of the records.

    Attributes:
        rewritten: Records that have the hash of now, as paths below the checkout.
        current: Records that had it before.
        left: Records that were left as they are, each with the reason.
    """

    rewritten: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


class Commits:
    """The configs of a repository at its commits, unpacked below a folder that the caller removes."""

    def __init__(self, layout: Layout, folder: Path) -> None:
        self.layout, self.folder = layout, folder

    def configs(self, commit: str) -> Path | None:
        """The folder of the configs at a commit; None where the repository has no such commit."""
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
        """Whether the code of a commit put one class in the place of another."""
        text = self.layout.git("show", f"{commit}:{WITNESS}") or ""
        return any(f'"{before}": "{scope}{now}"' in text for scope in ("", "mmseg."))


def config_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What differs between two configs in what counts in the hash: dotted key, value before, value now.

    Where a whole part is renamed by `RENAMES`, it is one difference. A key that one of them lacks has
    `ABSENT` there; a top-level key of None is absent.
    """
    old, new = (
        {k: canonical(v, k) for k, v in counted_parts(config).items() if v is not None}
        for config in (before, now)
    )
    yield from _differences(old, new, "")


def _differences(old: Any, new: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    if old == new and json.dumps(old) == json.dumps(new):  # 1, 1.0 and True are equal, and hash apart
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
    """Whether two values can be compared member by member."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new)
    return isinstance(old, dict) and isinstance(new, dict)


def fits(rename: Rename, key: str, old: Any, new: Any) -> bool:
    """Whether a difference is a given rename."""
    return fnmatchcase(key, rename.keys) and (old, new) == (rename.before, rename.now)


def as_run(record: Mapping[str, Any]) -> dict[str, Any]:
    """Rule and hash that a record was written with."""
    return record.get("as_run") or {"hash_rule": rule_of(record), "config_hash": record["config_hash"]}


def reason_to_leave(
    record: Mapping[str, Any], config: str, now: Mapping[str, Any], commits: Commits
) -> str | None:
    """Why a record's hash must not become that of the config of now; None if it may.

    Args:
        record: The record.
        config: Path of its config below `configs/`.
        now: That config as it is now, resolved with the options and the seed of its row.
        commits: Where the config of before comes from.
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
    """Give every record of some suites the hash of now where that is proven to be its own.

    Args:
        layout: The checkout, a git repository with the records' commits.
        suites: Names of suites.
        write: Whether to change files, or only to say what would be done.

    Returns:
        What became of the records.
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
                    result.left[name] = f"suite {suite} has no such run any more"
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
