"""Tables over several suites: the survey's models with published and measured figures, or a matrix."""

from pathlib import Path
from typing import Any

import yaml

from ..efficiency.efficiency_grid import efficiency_grid, efficiency_picture
from ..suites.layout import Layout
from ..suites.record import read_records
from ..suites.suite import load_suite
from .grid import Grid
from .matrix import matrix_grid
from .table import Line, build_table

__all__ = ["is_survey", "list_surveys", "render_survey", "survey_grid", "survey_picture"]


def _file(layout: Layout, name: str) -> Path:
    return layout.suites / f"_{name}.yaml"


def is_survey(layout: Layout, name: str) -> bool:
    """Test whether a name is that of a table over suites, `configs/suites/_<name>.yaml`."""
    return _file(layout, name).is_file()


def list_surveys(layout: Layout) -> list[str]:
    """List the names of all tables over suites; a user's folder has none."""
    if layout.own:
        return []
    return sorted(path.stem[1:] for path in layout.suites.glob("_*.yaml"))


def _ours(lines: list[Line], entry: dict[str, Any], metric: str) -> str:
    mine = [line for line in lines if line.model.algo == entry["algo"] and metric in line.metrics]
    best = max(mine, key=lambda line: line.metrics[metric].mean, default=None)
    return f"{best.metrics[metric].text()} ({best.model.name})" if best else "-"


def render_survey(layout: Layout, name: str, folder: Path) -> str:
    """Render the table in Markdown.

    Args:
        layout: The checkout.
        name: The survey's name.
        folder: The folder of the file that holds the table; links are relative to it.
    """
    return survey_grid(layout, name).markdown(folder)


def survey_grid(layout: Layout, name: str) -> Grid:
    """Make the table.

    A file with `rows` is a matrix, see `matrix.py`; one with `size` compares costs, see `efficiency_grid.py`.

    Args:
        layout: The checkout.
        name: The survey's name.
    """
    raw = yaml.safe_load(_file(layout, name).read_text())
    if "rows" in raw:
        return matrix_grid(layout, raw)
    if "size" in raw:
        return efficiency_grid(layout, raw)
    suites = [load_suite(layout, suite) for suite in raw["suites"]]
    lines = {s.name: build_table(s, read_records(layout.results(s.name))).lines for s in suites}
    words = "model", "protocol of the published figure"
    head = [words[0], "survey", "published", words[1], *(f"ours, {suite.name}" for suite in suites)]
    rows = []
    for entry in raw["models"]:
        published = "; ".join(str(figure["value"]) for figure in entry["published"])
        protocol = "; ".join(f"{figure['value']}: {figure['protocol']}" for figure in entry["published"])
        ours = [_ours(lines[suite.name], entry, suite.metrics[0]) for suite in suites]
        texts = [entry["name"], str(entry["survey"]), published, protocol, *ours]
        rows.append([(text, None) for text in texts])
    return Grid(raw.get("title", name), head, rows, words, raw["note"].strip())


def survey_picture(layout: Layout, name: str) -> tuple[Path, str] | None:
    """Return the path and the SVG of the picture that belongs to a table, or None.

    Args:
        layout: The checkout.
        name: The survey's name.
    """
    raw = yaml.safe_load(_file(layout, name).read_text())
    return efficiency_picture(layout, raw) if "size" in raw else None
