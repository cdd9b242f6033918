"""Rows that test the weights of another suite's run: which run that is, and whether it is still the same."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from .layout import Layout
from .record import line_name, read_records
from .suite import Row, Suite, load_suite

__all__ = ["changed_weights", "source_run"]


def source_run(layout: Layout, row: Row) -> tuple[Suite, Row]:
    """The run that gives a row its weights: of the same config and seed.

    Args:
        layout: The checkout.
        row: A row whose model names a suite of weights.

    Raises:
        ValueError: That suite has no such run, or its run does not train.
    """
    suite = load_suite(layout, str(row.model.weights))
    source = suite.row(f"{line_name(row.model.config)}.seed{row.seed}")
    if source.model.weights is not None:
        raise ValueError(
            f"{row.slot}: weights: {source.slot} of suite {suite.name} has weights of others itself"
        )
    return suite, source


def changed_weights(layout: Layout) -> Callable[[Row, Mapping[str, Any]], str]:
    """A function that says why a row's record is not of the weights that the other suite has recorded.

    It takes the row and its record and returns an empty string where they agree, or the row has none.
    """
    records_of = cache(lambda name: read_records(layout.results(name)))

    def change(row: Row, record: Mapping[str, Any]) -> str:
        if row.model.weights is None:
            return ""
        suite, source = source_run(layout, row)
        now = records_of(suite.name).get(source.slot)
        if now is None:
            return f"its weights are of {source.slot}, of which suite {suite.name} has no record"
        if now["checkpoint_sha256"] != (record.get("weights") or {}).get("sha256"):
            return f"the weights of {source.slot} in suite {suite.name} have changed since"
        return ""

    return change
