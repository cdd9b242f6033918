"""A check that the figures of a record agree with each other."""

import statistics
from collections.abc import Mapping
from typing import Any

from ..suites.config_hash import hash_of_sections

__all__ = ["record_problems"]

MEANS = ("IoU", "Acc", "Dice")
ROUNDING = 0.006  # points: figures per class have two decimals, summaries three, curves four digits
SIXTEEN_BITS = 0.2  # points: in 16 bits validation and test round differently; up to 0.15 was seen


def record_problems(record: Mapping[str, Any], same_data: bool = False) -> list[str]:
    """List the contradictions in a record.

    The checks cover means over classes, Dice = 2 IoU / (1 + IoU) of every class, the last validation against
    the test, and the hash against the hashes of the config's sections.

    Args:
        record: The record.
        same_data: Whether validation and test use the same data in the same way.
    """
    metrics, classes = record["metrics"], record.get("classes", {})
    problems = []
    for name in MEANS:
        figures = list(classes.get(name, {}).values())
        if figures and f"m{name}" in metrics:
            mean, said = statistics.fmean(figures), metrics[f"m{name}"]
            if abs(mean - said) > ROUNDING:
                problems.append(f"m{name} is {said}, and the mean over its classes is {mean:.3f}")
    for name, dice in classes.get("Dice", {}).items():
        iou = classes.get("IoU", {}).get(name)
        expected = None if iou is None else 200 * iou / (100 + iou)
        if expected is not None and abs(expected - dice) > 3 * ROUNDING:  # Dice changes up to twice as fast
            problems.append(f"Dice of {name} is {dice}, and its IoU of {iou} makes it {expected:.2f}")
    curve = record.get("curve", {}).get("mIoU")
    if same_data and curve and curve[-1][0] == record.get("iterations") and "mIoU" in metrics:
        allowed = ROUNDING if record.get("precision", "float32") == "float32" else SIXTEEN_BITS
        if abs(curve[-1][1] - metrics["mIoU"]) > allowed:
            problems.append(f"mIoU is {metrics['mIoU']}, and the last validation's was {curve[-1][1]}")
    if record["config_hash"] != (own := hash_of_sections(record["sections"])):
        problems.append(f"config_hash is {record['config_hash']}, and the hash of its sections is {own}")
    return problems
