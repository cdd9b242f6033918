"""The checkpoints that runs need of other runs: their identity, and whether they have changed."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from .config_hash import current_hashes, rule_of
from .layout import Layout
from .model import Need, Row
from .record import read_records
from .suite import Suite, load_suite

__all__ = ["changed_weights", "recorded_needs", "same_needs", "source_run"]


def source_run(layout: Layout, need: Need, seed: int) -> tuple[Suite, Row]:
    """Return the run whose checkpoint a run of a seed needs, and its suite.

    Args:
        layout: The checkout.
        need: The need.
        seed: Seed of the run that needs it.
    """
    suite = load_suite(layout, need.suite)
    return suite, suite.row(need.slot(seed))


def recorded_needs(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the needed weights that a record or `run.json` states: `suite`, `slot`, `as`, `sha256` of each.

    Older files state them as one entry `weights`, without `as`.
    """
    weights = record.get("weights")
    return list(record.get("needs") or ([weights] if weights else []))


def same_needs(before: list[dict[str, str]], now: list[dict[str, str]]) -> bool:
    """Test whether a run used the weights that it would use now; entries that are missing count as equal."""
    return len(before) == len(now) and all(
        {**new, **old} == new for old, new in zip(before, now, strict=True)
    )


def changed_weights(layout: Layout) -> Callable[[Row, Mapping[str, Any]], str]:
    """Return a function that compares the weights of a row's record with the records of its needed runs.

    It compares the way of testing (with TTA or without) as well, which no config states.

    The function expects the row and its record. It returns what differs, or an empty string.
    """
    suite_of = cache(partial(load_suite, layout))
    rows_of = cache(lambda name: {row.slot: row for row in suite_of(name).rows})
    records_of = cache(lambda name: read_records(layout.results(name)))
    hash_of = cache(lambda name: current_hashes(layout))

    @cache
    def problem(suite: str, slot: str) -> str:
        """Describe why the record of a needed run cannot be relied on."""
        row, record = rows_of(suite)[slot], records_of(suite).get(slot)
        if record is None:
            return f"its weights are those of {slot}, which has no record in suite {suite}"
        if record["config_hash"] != hash_of(suite)(row, rule_of(record)) or change(row, record):
            return f"its weights are those of {slot}, whose record in suite {suite} is stale"
        return ""

    def change(row: Row, record: Mapping[str, Any]) -> str:
        if record.get("tta", False) != row.model.tta:
            return f"it was tested {'without' if row.model.tta else 'with'} TTA"
        before, now = recorded_needs(record), []
        for need in row.model.needs:
            slot = need.slot(row.seed)
            if why := problem(need.suite, slot):
                return why
            digest = records_of(need.suite)[slot]["checkpoint_sha256"]
            now.append({"suite": need.suite, "slot": slot, "as": need.option, "sha256": digest})
        if same_needs(before, now):
            return ""
        if [(n["suite"], n["slot"]) for n in before] != [(n["suite"], n["slot"]) for n in now]:
            return "it needs other rows now than when it ran"
        pairs = zip(before, now, strict=True)
        old, changed = next((old, new) for old, new in pairs if not same_needs([old], [new]))
        if old["sha256"] == changed["sha256"]:
            return f"the weights of {changed['slot']} now set another key, {changed['as']}"
        return f"the weights of {changed['slot']} in suite {changed['suite']} have changed since"

    return change
