"""The page of a check."""

from collections.abc import Sequence
from typing import Any

from seg_plugins.report.page import cards, page, section, table

__all__ = ["result_page"]


def result_page(parts: Sequence[dict[str, Any]], device: str, quick: bool) -> str:
    """Return the page of the parts done so far.

    Args:
        parts: As `run_parts` yields them.
        device: Device of the check.
        quick: Whether the short limits were taken.

    Returns:
        HTML.
    """
    about = {"device": device, "limits": "quick" if quick else "full"}
    if device != "cuda":
        about["note"] = "a trial of the check itself on small networks: it says nothing about GPUs"
    states = {part["title"]: part["state"] for part in parts}
    seconds = {part["title"]: f"{part['seconds']} s" for part in parts}
    boxes = [
        section(part["title"], *([table(*_split(part["rows"]))] if part["rows"] else []), note=part["words"])
        for part in parts
    ]
    return page("Check of the GPUs", about, [cards(states, seconds), *boxes])


def _split(rows: Sequence[Sequence[Any]]) -> tuple[Sequence[str], list[list[Any]]]:
    return rows[0], [["-" if cell is None else cell for cell in row] for row in rows[1:]]
