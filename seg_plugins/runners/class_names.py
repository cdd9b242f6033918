"""Comparison of a checkpoint's class names with those of the run that loads it."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.runner import Runner

from .upstream import built_loop

__all__ = ["class_differences", "saved_classes", "warn_of_other_classes"]

MOST = 4


def saved_classes(checkpoint: Mapping[str, Any]) -> list[str]:
    """Return the class names in a checkpoint; empty if it has none."""
    meta = checkpoint.get("meta") or {}
    named = meta.get("dataset_meta") or {}
    return list(named.get("classes") or named.get("CLASSES") or meta.get("CLASSES") or ())


def run_classes(runner: Runner) -> list[str]:
    """Return the class names of the data set that a run has built, training before validation and test."""
    for loop in (built_loop(runner, part) for part in ("train", "val", "test")):
        dataset = getattr(getattr(loop, "dataloader", None), "dataset", None)
        if classes := (getattr(dataset, "metainfo", None) or {}).get("classes"):
            return list(classes)
    return []


def class_differences(saved: Sequence[str], own: Sequence[str]) -> str:
    """Describe the difference between two lists of class names; empty if equal or if a list is empty.

    Case does not count.

    >>> class_differences(["ground", "disc"], ["ground", "ball"])
    "class 1 is 'disc' there and 'ball' here"
    >>> class_differences(["ground"], ["ground", "disc"])
    "1 classes there ('ground'), 2 here ('ground', 'disc')"
    """
    if not saved or not own:
        return ""
    if len(saved) != len(own):
        shown = [", ".join(map(repr, names[:MOST])) + ", ..." * (len(names) > MOST) for names in (saved, own)]
        return f"{len(saved)} classes there ({shown[0]}), {len(own)} here ({shown[1]})"
    pairs = [(n, a, b) for n, (a, b) in enumerate(zip(saved, own, strict=True)) if a.lower() != b.lower()]
    words = [f"class {n} is {a!r} there and {b!r} here" for n, a, b in pairs[:MOST]]
    return "; ".join(words) + f"; and {len(pairs) - MOST} more" * (len(pairs) > MOST)


def warn_of_other_classes(runner: Runner, checkpoint: Mapping[str, Any], source: str) -> None:
    """Log a warning if a checkpoint was trained on other classes than the run has."""
    if words := class_differences(saved_classes(checkpoint), run_classes(runner)):
        runner.logger.warning(f"checkpoint {source} was trained on other classes: {words}")
