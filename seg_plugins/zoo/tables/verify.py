"""Checks that README tables match the records, and that records match the present configs."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from seg_plugins.config.tool_command import tool_command

from ..runs.cost import known_costs
from ..suites.config_hash import RULE, current_hashes, resolved_config, rule_of, section_hashes
from ..suites.layout import Layout
from ..suites.record import read_records
from ..suites.suite import Row, Suite, load_suite
from ..suites.weights import changed_weights
from .consistency import record_problems
from .markers import Marker, find_markers, framed, marked_files
from .render import render_markdown
from .survey import is_survey, render_survey, survey_picture
from .table import build_table

__all__ = ["band_of", "marked_text", "stale_records", "verify_all"]


def marked_text(layout: Layout, marker: Marker) -> str:
    """Render the text that belongs between a pair of markers."""
    folder = marker.path.parent
    if is_survey(layout, marker.suite):
        return render_survey(layout, marker.suite, folder)
    suite = load_suite(layout, marker.suite)
    table = build_table(
        suite, read_records(layout.results(suite.name)), known_costs(layout), marker.options.get("algo")
    )
    return render_markdown(table, layout.config, folder)


def stale_records(layout: Layout, suite: Suite, records: dict[str, dict[str, Any]]) -> list[str]:
    """List the records that do not match the suite's present configs and weights, each with what changed."""
    hash_of, weights_changed = current_hashes(layout), changed_weights(layout)
    rows = {row.slot: row for row in suite.rows}
    problems = []
    for slot, record in records.items():
        path = layout.results(suite.name) / f"{slot}.json"
        if slot not in rows:
            problems.append(
                f"{path}: suite {suite.name} no longer has such a run: delete it, or list its config"
            )
        elif record["config_hash"] != hash_of(rows[slot], rule_of(record)):
            problems.append(f"{path}: {changes(layout, rows[slot], record)}: run it again")
        elif change := weights_changed(rows[slot], record):
            problems.append(f"{path}: {change}: run it again")
    return problems


def contradictions(layout: Layout, suite: Suite, records: dict[str, dict[str, Any]]) -> list[str]:
    """List the records whose figures do not agree with each other."""
    problems = []
    for row in suite.rows:
        if (record := records.get(row.slot)) is None:
            continue
        config = resolved_config(layout.config(row.model.config), row.model.options)
        same_data = not row.model.tta and all(
            config.get(f"val_{part}") == config.get(f"test_{part}") for part in ("dataloader", "evaluator")
        )
        path = layout.results(suite.name) / f"{row.slot}.json"
        problems += [
            f"{path}: {problem}: the file was changed: restore it from its commit, or run the row again"
            for problem in record_problems(record, same_data)
        ]
    return problems


def changes(layout: Layout, row: Row, record: dict[str, Any]) -> str:
    """Describe which sections of a row's config have changed since its record."""
    now = section_hashes(
        resolved_config(layout.config(row.model.config), row.options, row.seed), rule_of(record)
    )
    before = record["sections"]
    parts = sorted(key for key in {*now, *before} if now.get(key) != before.get(key))
    return f"configs/{row.model.config} has changed since ({', '.join(parts)})"


def verify_all(layout: Layout, say: Callable[[str], None] = lambda line: None) -> list[str]:
    """Check every marked table against records and present configs; nothing is trained.

    Args:
        layout: The checkout.
        say: Function that is called with a line for every correct table.

    Returns:
        The problems; empty if there are none.
    """
    problems: list[str] = []
    checked: set[str] = set()
    unread: dict[str, list[str]] = {}
    for path in marked_files(layout):
        try:
            markers = find_markers(path)
        except ValueError as error:
            problems.append(str(error))
            continue
        for marker in markers:
            where = f"{path.relative_to(layout.root)}: table {marker.suite}"
            try:
                if marker.suite not in checked:
                    checked.add(marker.suite)
                    problems += suite_problems(layout, marker.suite)
                if marker.text != framed(marked_text(layout, marker)):
                    problems.append(f"{where} does not match its records{table_advice(layout, marker.suite)}")
                else:
                    say(f"{where}: ok{old_rules(layout, marker.suite)}")
            except (ValueError, FileNotFoundError) as error:
                unread.setdefault(str(error), []).append(where)
    if checked and (files := changed_records(layout)):
        say(f"note: records that differ from the commit (git diff shows how): {', '.join(files)}")
    for reason, places in unread.items():
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        problems.append(f"{places[0]}{more}: {reason}")
    return list(dict.fromkeys(problems))


def changed_records(layout: Layout, name: str = "") -> list[str]:
    """List the committed records of a suite, or of all, that differ from the commit; paths from the root."""
    lines = layout.git("status", "--porcelain", "--untracked-files=no", "--", str(layout.results(name)))
    return [line[2:].strip() for line in (lines or "").splitlines()]


def table_advice(layout: Layout, name: str) -> str:
    """Return advice, as the end of a line, for a table that differs from its records."""
    changed = changed_records(layout, "" if is_survey(layout, name) else name)
    if not changed:
        return f": {tool_command('benchmark', 'table')}"
    files = ", ".join(changed)
    return (
        f", and these records differ from the commit: {files}: restore them by `git checkout -- FILE`; only "
        f"if they are right, {tool_command('benchmark', 'table')}"
    )


def old_rules(layout: Layout, name: str) -> str:
    """Return the number of a suite's records with an earlier hash rule, as the end of a line."""
    records = [] if is_survey(layout, name) else read_records(layout.results(name)).values()
    rules = Counter(rule_of(record) for record in records)
    old = [f"{count} records of hash rule {rule}" for rule, count in sorted(rules.items()) if rule != RULE]
    return f" ({', '.join(old)}; new runs have rule {RULE})" if old else ""


def suite_problems(layout: Layout, name: str) -> list[str]:
    """List stale records of a suite and means outside their bands."""
    if is_survey(layout, name):
        picture = survey_picture(layout, name)
        if picture is None or (picture[0].is_file() and picture[0].read_text() == picture[1]):
            return []
        return [f"{picture[0]} does not match its records: {tool_command('benchmark', 'table')}"]
    suite = load_suite(layout, name)
    records = read_records(layout.results(name))
    problems = stale_records(layout, suite, records) + contradictions(layout, suite, records)
    for line in build_table(suite, records).lines:
        if line.in_band is False:
            figure = line.metrics[suite.metrics[0]].text(2)
            problems.append(
                f"suite {name}: {suite.metrics[0]} of {line.model.config} is {figure}, outside its band "
                f"{list(line.model.band or ())}"
            )
    return problems


def band_of(suite: Suite, row: Row, records: dict[str, dict[str, Any]]) -> tuple[float, float]:
    """Return the band in which a rerun of a row has to end.

    Args:
        suite: The suite.
        row: The run.
        records: The suite's records.

    Returns:
        Lowest and highest first metric, in per cent: the model's band, else the record's own figure plus and
        minus the suite's tolerance.

    Raises:
        ValueError: The row has neither a band nor a record.
    """
    if row.model.band is not None:
        return row.model.band
    record = records.get(row.slot)
    if record is None:
        raise ValueError(
            f"{row.slot} has neither a band nor a record in suite {suite.name}: run the suite first"
        )
    figure = record["metrics"][suite.metrics[0]]
    return figure - suite.tolerance, figure + suite.tolerance
