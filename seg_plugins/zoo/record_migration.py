"""Giving records the hash of now, where it is proven that their configs changed by names alone.

A record names the commit that it was made at. Its config is resolved there and now; only if the two are equal
but for `RENAMES`, and the code of that commit says that the new name is what ran, does the record get the new
hash. Every other record is left as it is, and the tables go on to mark it as stale.
"""

import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seg_plugins.zoo.config_hash import (
    RULE,
    canonical,
    config_hash,
    load_config,
    parts_of,
    rule_of,
    section_hashes,
)
from seg_plugins.zoo.layout import Layout
from seg_plugins.zoo.record import read_records, write_json
from seg_plugins.zoo.suite import load_suite

__all__ = ["RENAMES", "Migration", "differences", "migrate_records"]

RENAMES = (  # key, name before, name now: the runner of before put the one in the place of the other
    ("train_cfg.type", "IterBasedTrainLoop", "ExactIterTrainLoop"),
    ("train_cfg.type", "EpochBasedTrainLoop", "ExactEpochTrainLoop"),
    ("train_dataloader.sampler.type", "InfiniteSampler", "ExactInfiniteSampler"),
    ("train_dataloader.sampler.type", "DefaultSampler", "ExactEpochSampler"),
)
WITNESS = "seg_plugins/runners/exactness.py"  # where the code of before says so


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


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of nested dictionaries and lists; an empty one is a value.

    >>> dict(leaves({"a": [1, {}], "b": 2}))
    {'a.0': 1, 'a.1': {}, 'b': 2}
    """
    if not isinstance(value, dict | list) or not value:
        yield key, value
        return
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves(member, f"{key}.{name}" if key else str(name))


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What differs between two configs of what counts in the hash: dotted key, value before, value now.

    A key that one of them lacks has None there.
    """
    old, new = (dict(leaves(canonical(parts_of(config)))) for config in (before, now))
    for values in (old, new):  # a part that is None does not count
        for key in [key for key, value in values.items() if value is None and "." not in key]:
            del values[key]
    absent = object()
    keys = sorted(key for key in {*old, *new} if old.get(key, absent) != new.get(key, absent))
    return [(key, old.get(key), new.get(key)) for key in keys]


def reason_against(
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
    before = load_config(configs / config, record.get("options"), record["seed"])
    if config_hash(before, rule_of(record)) != record["config_hash"]:
        return f"its hash is not that of {config} at its commit {commit}"
    for change in differences(before, now):
        key, old, new = change
        if change not in RENAMES:
            return f"{key} was {old!r} and is {new!r}"
        if not commits.says(commit, old, new):
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
                name = path.relative_to(layout.root).as_posix()
                if slot not in rows:
                    result.left[name] = f"suite {suite} has no such run any more"
                    continue
                row = rows[slot]
                now = load_config(layout.configs / row.model.config, row.options, row.seed)
                digest = config_hash(now)
                if rule_of(record) == RULE and record["config_hash"] == digest:
                    result.current.append(name)
                elif (reason := reason_against(record, row.model.config, now, commits)) is not None:
                    result.left[name] = reason
                else:
                    result.rewritten.append(name)
                    if write:
                        new = {"hash_rule": RULE, "config_hash": digest, "sections": section_hashes(now)}
                        write_json(path, record | new)
    return result
