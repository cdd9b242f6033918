"""Detection of label files that would spoil a training, before it starts."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from seg_plugins.config.tool_command import tool_command
from seg_plugins.files.picture_pixels import picture_pixels, picture_size, stored_turned
from seg_plugins.files.pictures import open_picture
from seg_plugins.progress import track_map

__all__ = [
    "IdRule",
    "check_all",
    "check_label",
    "check_labels",
    "describe_bad_ids",
    "describe_sizes",
    "fingerprint",
    "folder_fingerprint",
    "open_label",
    "require_ids",
    "require_object",
]

ID_MODES = {"L", "P", "1"}
SHOWN = 5


@dataclass(frozen=True)
class IdRule:
    """Rule for the ids in a label file.

    Args:
        num_classes: Number of classes in the files, not counting a zero that means "no label".
        ignore_index: Id that does not count.
        reduce_zero_label: Whether 0 means "no label" and the classes are 1..num_classes.
    """

    num_classes: int
    ignore_index: int = 255
    reduce_zero_label: bool = False

    def allowed(self) -> np.ndarray:
        """Return a (256,) bool table of the allowed ids."""
        table = np.zeros(256, bool)
        table[: self.num_classes + self.reduce_zero_label] = True
        table[[self.ignore_index, 255]] = True
        return table

    def allows(self, label: np.ndarray) -> bool:
        """Return whether a map (H, W) uint8 holds allowed ids only; much faster than counting them."""
        return not cv2.countNonZero(cv2.LUT(label, (~self.allowed()).astype(np.uint8)))

    def describe(self) -> str:
        """Describe the rule in words."""
        last = self.num_classes - (not self.reduce_zero_label)
        first = "1" if self.reduce_zero_label else "0"
        also = "0 and " if self.reduce_zero_label else ""
        return f"classes are {first}..{last}, {also}{self.ignore_index} is ignored"


def open_label(path: str | os.PathLike[str]) -> Image.Image:
    """Open a label file, and refuse one that cannot hold class ids.

    Args:
        path: A PNG of 8 bits per pixel, grey or with a palette.

    Returns:
        The picture, not yet decoded.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not an image, holds colours instead of ids, or has more than 8 bits.
    """
    try:
        image = open_picture(Path(path))
    except FileNotFoundError:
        raise FileNotFoundError(f"label {path} is missing: add it, or remove its image") from None
    except OSError as error:
        reason = str(error) if os.path.getsize(path) else "it is empty, 0 bytes"
        raise ValueError(f"label {path} is not a readable image ({reason}): make it again") from None
    try:
        return require_ids(image, path)
    except ValueError:
        image.close()
        raise


def require_ids(image: Image.Image, path: object) -> Image.Image:
    """Return the picture if its pixels can be 8-bit class ids, else raise ValueError."""
    if image.mode in ID_MODES:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        raise ValueError(
            f"label {path} has 16 or more bits per pixel (mode {image.mode}); class ids need 8: save it as "
            "8-bit PNG, or describe the folder with FolderSegDataset, which takes 16-bit ids"
        )
    raise ValueError(
        f"label {path} holds colours (mode {image.mode}) instead of class ids: turn colours into ids with "
        f"`{tool_command('prepare_dataset', 'folder')}`, or give FolderSegDataset the colour of each class"
    )


def describe_sizes(
    label_path: object, label: tuple[int, ...], image_path: object, image: tuple[int, ...]
) -> str:
    """Describe a difference in size (H, W) between a label and its image, and the remedy."""
    text = (
        f"label {label_path} is {label[0]}x{label[1]} (HxW), its image {image_path} is "
        f"{image[0]}x{image[1]}: resize the label with nearest neighbour"
    )
    if tuple(label) == tuple(image)[::-1] and Path(str(image_path)).is_file():
        way = stored_turned(str(image_path))
        if way != 1:
            text = text[: text.rindex(":")] + (
                f" as shown, turned by EXIF orientation {way}: draw the label on the picture as it is "
                "shown, or remove the orientation from the image file"
            )
    return text


def count_ids(label: np.ndarray) -> np.ndarray:
    """Count the values of a map (H, W) uint8 in a table (256,) int64."""
    return cv2.calcHist([label], [0], None, [256], [0, 256]).ravel().astype(np.int64)


def describe_bad_ids(path: object, counts: np.ndarray, rule: IdRule) -> str | None:
    """Describe the ids of a label that are out of range, or return None.

    Args:
        path: Name of the file, for the message.
        counts: (256,) pixels per id.
        rule: The ids that are allowed.
    """
    bad = np.flatnonzero((counts > 0) & ~rule.allowed())
    if not len(bad):
        return None
    listed = ", ".join(f"{i} ({counts[i]} px)" for i in bad[:SHOWN]) + (" ..." if len(bad) > SHOWN else "")
    return f"label {path} holds id {listed}, but {rule.describe()}: relabel it, or correct `classes`"


def check_label(image_path: str, label_path: str, rule: IdRule) -> tuple[str | None, np.ndarray]:
    """Check one label file.

    Args:
        image_path: The image that it belongs to.
        label_path: The label.
        rule: The ids that are allowed.

    Returns:
        What is wrong, or None; and the pixels (256,) per id, zeros if the file cannot be read.
    """
    nothing = np.zeros(256, np.int64)
    try:
        size = picture_size(image_path)
        with open_label(label_path) as opened:
            label = picture_pixels(opened, Path(label_path).read_bytes())
        if label.shape != size:
            return describe_sizes(label_path, label.shape, image_path, size), nothing
        counts = count_ids(label.astype(np.uint8))
    except (OSError, ValueError, SyntaxError) as error:
        named = str(label_path) in str(error) or str(image_path) in str(error)
        return str(error) if named else f"label {label_path} cannot be decoded: {error}", nothing
    return describe_bad_ids(label_path, counts, rule), counts


def check_all(
    pairs: Sequence[tuple[str, str]], look: Callable[[str, str], tuple[str | None, np.ndarray]]
) -> np.ndarray:
    """Check all labels of a split, in parallel.

    Args:
        pairs: Image path and label path of every entry.
        look: Checks one pair, as `check_label` does.

    Returns:
        (256,) pixels per id of the whole split.

    Raises:
        ValueError: If files are faulty; the message names the first ones.
    """
    faults, totals = [], np.zeros(256, np.int64)
    for fault, counts in track_map(lambda pair: look(*pair), pairs, "checking labels"):
        totals += counts
        if fault:
            faults.append(fault)
    if faults:
        rest = f"\n... and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise ValueError("\n".join(faults[:SHOWN]) + rest)
    return totals


def check_labels(pairs: Sequence[tuple[str, str]], rule: IdRule) -> None:
    """Check all labels of a split, in parallel.

    Args:
        pairs: Image path and label path of every entry.
        rule: The ids that are allowed.

    Raises:
        ValueError: If files are faulty (the first are named), or the labels look like 0/255 masks.
    """
    totals = check_all(pairs, lambda image, label: check_label(image, label, rule))
    require_object(totals, rule.num_classes, pairs)


def require_object(totals: np.ndarray, num_classes: int, pairs: Sequence[tuple[str, str]]) -> None:
    """Refuse labels that hold only 0 and an ignored 255.

    Args:
        totals: (256,) pixels per id of the whole split.
        num_classes: Number of classes.
        pairs: Image path and label path of every entry, for the message.

    Raises:
        ValueError: If they look like 0/255 masks.
    """
    if num_classes > 1 and set(np.flatnonzero(totals)) == {0, 255}:
        folder = Path(pairs[0][1]).parent
        raise ValueError(
            f"the {len(pairs)} labels in {folder} hold only 0 and 255, and 255 is ignored: they look like "
            "0/255 masks. Give FolderSegDataset(values=[0, 255], ignored=[]), or turn 255 into 1 with "
            f"`{tool_command('prepare_dataset', 'folder')}`"
        )


def folder_fingerprint(folder: str | os.PathLike[str]) -> str:
    """Return the `fingerprint` of the files in a folder."""
    return fingerprint(entry.path for entry in os.scandir(folder) if entry.is_file())


def fingerprint(paths: Iterable[str | os.PathLike[str]]) -> str:
    """Hash names, sizes and times of files, so that a change is noticed without reading them.

    Args:
        paths: The files. Their order does not matter; of each path only the file name counts.

    Returns:
        40 hexadecimal digits.
    """
    digest = hashlib.sha1(usedforsecurity=False)
    for path in sorted(map(os.fspath, paths)):
        stat = os.stat(path)
        digest.update(f"{os.path.basename(path)}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
