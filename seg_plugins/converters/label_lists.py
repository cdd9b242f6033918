"""Lists of the images whose labels are used, and of those that count as unlabelled."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seg_plugins.datasets.label_check import count_ids
from seg_plugins.doctor.picking import METHODS, few_enough, pick_images, small_pictures
from seg_plugins.files.atomic import write_text
from seg_plugins.files.file_names import files_below, names_by_stem, require_one_each

from .converter import SourceError
from .pairing import read_ids

__all__ = ["LabelLists", "ListRule", "write_label_lists"]


@dataclass(frozen=True)
class ListRule:
    """The lists to write.

    Attributes:
        fractions: Numbers N; each stands for 1/N of the images.
        lists: Number of lists per fraction.
        method: How images are chosen, one of `METHODS`.
        seed: Seed of random methods.
    """

    fractions: Sequence[int]
    lists: int = 1
    method: str = "spaced"
    seed: int = 0

    def require_possible(self, total: int, folder: Path) -> None:
        """Raise SourceError unless `total` images of `folder` are enough for such lists."""
        if self.method not in METHODS:
            raise SourceError(f"--method {self.method}: choose one of {', '.join(METHODS)}")
        for fraction in self.fractions:
            if fraction < 2:
                raise SourceError(f"--label-fractions {fraction}: 1/{fraction} of the images; use 2 or more")
            if fraction > total:
                raise SourceError(
                    f"--label-fractions {fraction}: {folder} holds {total} labelled images, and 1/{fraction} "
                    "of them is less than one image"
                )
            if self.method == "spaced" and self.lists > fraction:
                raise SourceError(
                    f"--lists {self.lists}: evenly spaced images allow {fraction} lists of 1/{fraction}; "
                    "choose fewer, or --method random"
                )


@dataclass(frozen=True)
class LabelLists:
    """A pair of lists.

    Attributes:
        labelled: File of the labelled images.
        unlabelled: File of the others.
        counts: Number of images in each list.
        missing: Ids of classes that the labelled images lack, but others have.
    """

    labelled: Path
    unlabelled: Path
    counts: tuple[int, int]
    missing: tuple[int, ...]


def labelled_stems(root: Path) -> dict[str, str]:
    """Return stem -> file of the labelled images in `images/train` of a prepared data set.

    Raises:
        SourceError: The folder has no labelled images.
    """
    folder, labels = root / "images" / "train", root / "labels" / "train"
    if not folder.is_dir() or not labels.is_dir():
        raise SourceError(f"{root} does not hold images/train and labels/train: prepare the data set first")
    names = files_below(folder)
    found = require_one_each(names_by_stem(names, [os.path.splitext(n)[1] for n in names]), folder, "images")
    found = {stem: name for stem, name in found.items() if (labels / f"{stem}.png").is_file()}
    if not found:
        raise SourceError(f"{folder} holds no image with a label in {labels}")
    return dict(sorted(found.items()))


def write_label_lists(root: Path, rule: ListRule, jobs: int = 1) -> list[LabelLists]:
    """Write `lists/labelled-N-I.txt` and `lists/unlabelled-N-I.txt` of a prepared data set.

    The lists of one fraction start at different images (spaced), or with different seeds.

    Args:
        root: Root of the data set.
        rule: The lists to write.
        jobs: Number of threads.

    Raises:
        SourceError: The data set is not prepared, or such lists are impossible.
    """
    found = labelled_stems(root)
    stems = list(found)
    rule.require_possible(len(stems), root / "images" / "train")
    features = None
    if rule.method == "medoids":
        few_enough(len(stems))
        features = small_pictures([root / "images/train" / name for name in found.values()], jobs)
    labels = [count_ids(read_ids(root / "labels/train" / f"{stem}.png"))[:255] > 0 for stem in stems]
    present = np.array(labels)
    written = []
    for fraction in rule.fractions:
        count = math.ceil(len(stems) / fraction)
        for number in range(rule.lists):
            start, seed = number * fraction // rule.lists, (rule.seed, fraction, number)
            chosen = pick_images(len(stems), count, rule.method, fraction, start, seed, features)
            written.append(write_pair(root / "lists", f"{fraction}-{number}", stems, chosen, present))
    return written


def write_pair(
    folder: Path, name: str, stems: Sequence[str], chosen: Sequence[int], present: np.ndarray
) -> LabelLists:
    """Write the two lists of one choice of images.

    Args:
        folder: Folder of the lists.
        name: End of the file names.
        stems: All N images.
        chosen: Indices of the labelled images.
        present: (N, 255) bool, the classes of each label.
    """
    parts = {"labelled": [stems[i] for i in chosen]}
    parts["unlabelled"] = sorted(set(stems) - set(parts["labelled"]))
    paths = {kind: folder / f"{kind}-{name}.txt" for kind in parts}
    for kind, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, "".join(f"{stem}\n" for stem in parts[kind]))
    lacking = np.flatnonzero(present.any(0) & ~present[list(chosen)].any(0))
    counts = (len(parts["labelled"]), len(parts["unlabelled"]))
    return LabelLists(paths["labelled"], paths["unlabelled"], counts, tuple(lacking.tolist()))
