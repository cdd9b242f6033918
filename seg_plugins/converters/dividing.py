"""Division of images into training and validation, or into folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seg_plugins.datasets.splits import assign_shares, group_names, write_folds, write_lists

from .converter import SourceError

__all__ = ["SplitRule", "divide"]


@dataclass(frozen=True)
class SplitRule:
    """The rule for dividing images.

    Attributes:
        val: Fraction of validation images, 0..1.
        stratified: Whether every part receives its fraction of every class's pixels.
        groups: Regular expression for the group in a file name; a group is never divided.
        folds: Number of folds, or 0 for one split.
        seed: Seed.
    """

    val: float = 0.2
    stratified: bool = False
    groups: str | None = None
    folds: int = 0
    seed: int = 0

    def require_parts(self) -> None:
        """Raise SourceError unless both parts can receive images."""
        if self.folds in (1,) or self.folds < 0:
            raise SourceError(f"--folds {self.folds}: use 2 or more")
        if not self.folds and not 0 < self.val < 1:
            raise SourceError(f"--val {self.val:g} is a fraction of the images: use a number between 0 and 1")


def divide(folder: Path, stems: Sequence[str], pixels: np.ndarray, rule: SplitRule) -> dict[str, list[str]]:
    """Divide images and write the lists `train.txt` and `val.txt`; with folds, also `0/train.txt` and so on.

    Args:
        folder: Folder of the lists.
        stems: Names of the images without suffix.
        pixels: (N, K) pixels of every class in every image.
        rule: The rule.

    Returns:
        Stems of "train" and "val"; with folds, those of fold 0.
    """
    rule.require_parts()
    shares = [1 / rule.folds] * rule.folds if rule.folds else [rule.val, 1 - rule.val]
    groups = group_names(stems, rule.groups) if rule.groups else None
    table = pixels if rule.stratified else np.ones((len(stems), 1))
    part = assign_shares(table, shares, groups, rule.seed)
    if rule.folds:
        write_folds(folder, stems, part)
    parts = {
        "train": [stem for stem, p in zip(stems, part, strict=True) if p != 0],
        "val": [stem for stem, p in zip(stems, part, strict=True) if p == 0],
    }
    write_lists(folder, parts)
    return parts
