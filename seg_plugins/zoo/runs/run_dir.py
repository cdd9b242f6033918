"""The work directory of one run: its identity, its launcher, and its state."""

import json
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seg_plugins.config.tool_command import tool_command
from seg_plugins.report.origin import versions

from ..suites.config_hash import RULE, config_hash, resolved_config, rule_of, section_hashes
from ..suites.layout import Layout
from ..suites.model import Need, Row
from ..suites.record import write_record
from ..suites.suite import Suite
from ..suites.weights import recorded_needs, same_needs, source_run
from .provenance import code_state, hardware, precision, sha256

if TYPE_CHECKING:
    from seg_plugins.runners.work_dir_lock import WorkDirLock

__all__ = ["RunDir", "needed_file", "needed_files", "needed_hashes"]

WEIGHT_KEYS = {"checkpoint", "load_from", "pretrained"}


@dataclass(frozen=True)
class RunDir:
    """The work directory of one run.

    Attributes:
        path: The folder of checkpoints and logs; the test writes to its subfolder `test/`.
    """

    path: Path

    @classmethod
    def of(cls, layout: Layout, suite: Suite, row: Row) -> "RunDir":
        """Return the work directory of a suite's run."""
        return cls(layout.work / suite.name / row.slot)

    @property
    def log(self) -> Path:
        """Log of everything that the run printed, over all attempts."""
        return self.path / "run.log"

    @property
    def metrics(self) -> Path:
        """Metrics file that the test writes."""
        return self.path / "test" / "metrics.json"

    def checkpoint(self) -> Path | None:
        """Return the last checkpoint, to which `last_checkpoint` points; None before the first."""
        try:
            named = Path((self.path / "last_checkpoint").read_text().strip())
        except FileNotFoundError:
            return None
        here = self.path / named.name  # the folder may have been moved
        return here if here.exists() else named if named.exists() else None

    def read(self, name: str) -> dict[str, Any]:
        """Read `run.json` or `state.json` of the launcher; return {} if it is missing or incomplete."""
        try:
            return json.loads((self.path / f"{name}.json").read_bytes())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def claim(self) -> "WorkDirLock":
        """Reserve the run for this launcher until the returned lock is released.

        Raises:
            ValueError: Another launcher, of this process or on any host, has reserved it.
        """
        from seg_plugins.runners.work_dir_lock import WorkDirLock  # its package loads torch

        self.path.mkdir(parents=True, exist_ok=True)
        lock = WorkDirLock(self.path, ".claim", way_out="")
        lock.acquire()
        return lock

    def begin(
        self, layout: Layout, suite: Suite, row: Row, threads: int, gpus: Sequence[str] | None = None
    ) -> None:
        """Record what is about to run. A run that was begun before continues if nothing changed.

        Args:
            layout: The checkout.
            suite: The suite.
            row: The run.
            threads: Threads that each of the run's processes may use.
            gpus: Names of the run's GPUs; None stands for all visible ones.

        Raises:
            ValueError: The directory holds a run of another config or of other code.
        """
        before = self.read("run")
        now = describe(layout, suite, row, rule_of(before) if before else RULE)
        if before:
            self._must_match(before, now)
            return
        config = resolved_config(layout.config(row.model.config), row.options, row.seed)
        now |= {"precision": precision(config, gpus), "hardware": hardware(threads, gpus)}
        write_record(self.path / "run.json", {**now, "started": time.strftime("%Y-%m-%dT%H:%M:%S%z")})

    def _must_match(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        fix = f"start again with --restart (keeps the old one beside it), or move {self.path} away"
        changed = [k for k, v in now["sections"].items() if before.get("sections", {}).get(k) != v]
        if before.get("config_hash") != now["config_hash"]:
            parts = ", ".join(changed) or "the set of sections"
            raise ValueError(f"{self.path} holds a run of another version of its config ({parts}): {fix}")
        if not same_needs(recorded_needs(before), now["needs"]):
            names = ", ".join(need["slot"] for need in now["needs"]) or "a run that it no longer needs"
            raise ValueError(f"{self.path} was begun with other weights of {names}: {fix}")
        if before.get("starts_from", now["starts_from"]) != now["starts_from"]:
            names = ", ".join(sorted({*before["starts_from"], *now["starts_from"]}))
            raise ValueError(f"{self.path} was begun with other weights in {names}: {fix}")
        if before.get("code") != now["code"]:
            raise ValueError(
                f"{self.path} was begun at commit {before.get('commit', 'unknown')[:12]}, and the code has "
                f"changed since (now {now['commit'][:12]}): check that commit out to continue, or {fix}"
            )

    def update(self, **state: Any) -> None:
        """Update entries of the run's state; `phase` is train, test, done, failed or interrupted."""
        write_record(self.path / "state.json", {**self.read("state"), **state, "updated": time.time()})

    def last_lines(self, count: int = 5) -> list[str]:
        """Return the last lines that the run itself printed, without blank lines and torchrun's report."""
        if not self.log.exists():
            return []
        with open(self.log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 8192))
            text = file.read().decode(errors="replace")
        text = re.split(r"^.*torch/distributed/elastic/", text, maxsplit=1, flags=re.MULTILINE)[0]
        return [line.rstrip() for line in text.splitlines() if line.strip()][-count:]

    def set_aside(self) -> Path | None:
        """Rename the directory to the next free `<name>.old<n>`; return None if it is empty or missing."""
        if not self.path.exists():
            return None
        number = 1
        while (target := self.path.with_name(f"{self.path.name}.old{number}")).exists():
            number += 1
        shutil.move(self.path, target)
        return target


def starting_weights(layout: Layout, config: Any, key: str = "") -> dict[str, str]:
    """Compute the SHA-256 of the local weight files that a config names, by path as written there."""
    if isinstance(config, Mapping):
        found = [starting_weights(layout, value, str(name)) for name, value in config.items()]
    elif isinstance(config, list | tuple):
        found = [starting_weights(layout, value, key) for value in config]
    elif key in WEIGHT_KEYS and isinstance(config, str) and (path := layout.base / config).is_file():
        return {config: sha256(path)}
    else:
        return {}
    return {name: digest for part in found for name, digest in part.items()}


def describe(layout: Layout, suite: Suite, row: Row, rule: int = RULE) -> dict[str, Any]:
    """Describe what identifies a run: config, hash by a rule, seed, weights, versions, code."""
    config = resolved_config(layout.config(row.model.config), row.options, row.seed)
    return {
        "suite": suite.name,
        "config": row.model.config,
        "variant": row.model.variant,
        "seed": row.seed,
        "needs": needed_hashes(layout, row),
        "options": dict(row.options),
        "hash_rule": rule,
        "config_hash": config_hash(config, rule),
        "sections": section_hashes(config, rule),
        "starts_from": starting_weights(layout, config.to_dict()),
        "versions": versions(),
        **code_state(layout),
    }


def needed_files(layout: Layout, row: Row) -> dict[str, Path]:
    """Return the checkpoints of the needed runs, by the config key that each one sets.

    Args:
        layout: The checkout.
        row: The run.

    Raises:
        ValueError: One of them is not finished, or is a run of another version of its config.
    """
    return {need.option: needed_file(layout, row, need) for need in row.model.needs}


def needed_file(layout: Layout, row: Row, need: Need) -> Path:
    """Return the checkpoint of one needed run; raise ValueError as `needed_files` does."""
    suite, source = source_run(layout, need, row.seed)
    run = RunDir.of(layout, suite, source)
    checkpoint = run.checkpoint()
    command = tool_command("benchmark", "run", layout.spoken(suite.name), source.slot)
    if checkpoint is None or run.read("state").get("phase") != "done":
        recorded = (layout.results(suite.name) / f"{source.slot}.json").exists()
        raise ValueError(
            f"{row.slot} needs the weights of {run.path}, which is not a finished run: {command}"
            + (" --fresh" if recorded else "")
        )
    config = resolved_config(layout.config(source.model.config), source.options, source.seed)
    begun = run.read("run")
    if begun.get("config_hash") != config_hash(config, rule_of(begun)):
        raise ValueError(f"{run.path} is a run of another version of its config: {command} --restart")
    return checkpoint


def needed_hashes(layout: Layout, row: Row) -> list[dict[str, str]]:
    """Return the needed weights as a record states them; raise ValueError as `needed_files` does."""
    return [
        {
            "suite": need.suite,
            "slot": need.slot(row.seed),
            "as": need.option,
            "sha256": sha256(needed_file(layout, row, need)),
        }
        for need in row.model.needs
    ]
