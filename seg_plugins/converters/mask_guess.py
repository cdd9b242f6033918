"""The values of masks, and those among them that are classes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seg_plugins.datasets.mask_code import MaskCode, Value, as_value, digest
from seg_plugins.datasets.mask_file import NOT_A_NUMBER, MaskFile, read_mask
from seg_plugins.progress import track_map

from .converter import SourceError
from .faults import DAMAGED, Fault
from .lossy_masks import LossySurvey

__all__ = ["Survey", "guess_code", "made_up_names"]

MOST_VALUES = 64
AT_ONCE = 1 << 21  # pixels
THREADS = 4
USUALLY_IGNORED = (255,)
LEAST_GREY_LEVEL = 64  # values up to this one may be ids beside an ignored 255


def name_parts(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yield a mask in groups of rows."""
    rows = max(1, AT_ONCE // max(1, values.shape[1]))
    for start in range(0, len(values), rows):
        yield values[start : start + rows]


def distinct(values: np.ndarray) -> set[Value]:
    """Return the distinct values of a mask (H, W) or (H, W, C)."""
    found: set[Value] = set()
    for part in name_parts(values):
        if part.ndim == 2 and part.dtype in (np.uint8, np.uint16):
            found |= {(int(v),) for v in np.flatnonzero(np.bincount(part.ravel()))}
        elif part.ndim == 2:
            found |= {(int(v),) for v in np.unique(part)}
        else:
            flat = part.reshape(-1, part.shape[2])
            _, first = np.unique(digest(flat), return_index=True)
            found |= set(map(tuple, flat[first].tolist()))
    return found - {(NOT_A_NUMBER,)}


class Survey:
    """Collects the values of a folder's masks.

    Args:
        nearest: Whether values in between are assigned to the nearest class, as in JPEG files.
    """

    def __init__(self, nearest: bool = False) -> None:
        self.nearest = nearest
        self.kinds: dict[tuple[int, bool], set[Value]] = {}  # (channels, transparency) -> values
        self.examples: dict[tuple[int, bool], Path] = {}
        self.palette: dict[int, Value] = {}
        self.files = self.palettes = 0
        self.one_palette = True
        self.lossy = LossySurvey(strict=not nearest)

    def add(self, found: MaskFile, path: Path) -> None:
        """Add a file to the survey.

        Raises:
            SourceError: If there are more values than there can be classes.
        """
        self.files += 1
        kind = (found.channels, found.alpha)
        self.examples.setdefault(kind, path)
        if (found.lossy or self.nearest) and found.palette is None:
            self.lossy.add(found.values, path)
            return
        values = distinct(found.values)
        if found.palette is not None:
            self.palettes += 1
            colours = {v[0]: tuple(map(int, found.palette[v[0]])) for v in values}
            self.one_palette &= all(self.palette.get(i, c) == c for i, c in colours.items())
            self.palette |= colours
            values = set(colours.values())
        self.kinds.setdefault(kind, set()).update(values)
        if len(self.kinds[kind]) > MOST_VALUES:
            raise SourceError(too_many(found, path))

    def values(self, colours_wanted: bool) -> set[Value]:
        """Return the values that distinguish pixels: ids, colours, colours with transparency, or channels.

        Args:
            colours_wanted: Whether to use a palette's colours instead of its numbers.

        Raises:
            SourceError: If masks differ in their channels.
        """
        if self.palettes == self.files and self.one_palette and not colours_wanted:
            levels = [self.palette[i] for i in sorted(self.palette)]
            grey = all(len(set(level[:3])) == 1 for level in levels)
            if not grey or levels == sorted(levels):  # otherwise 0 may be white, and the object black
                return {(i,) for i in self.palette}
        widths = {width for width, _ in self.kinds}
        if not widths <= {1, 3, 4} or (4, False) in self.kinds:
            if len(self.kinds) > 1:
                listed = "; ".join(f"{path} has {width}" for (width, _), path in self.examples.items())
                raise SourceError(f"masks differ in their number of channels: {listed}")
            return next(iter(self.kinds.values()))
        found = {v for values in self.kinds.values() for v in values}
        if (4, True) in self.kinds:
            return without_alpha({v if len(v) == 4 else (*v * (3 // len(v)), 255) for v in found})
        if widths == {1} or (not self.palettes and all(len(set(v)) == 1 for v in found)):
            return {v[:1] for v in found}
        return {v if len(v) == 3 else v * 3 for v in found}


def without_alpha(found: set[Value]) -> set[Value]:
    """Drop transparency if it neither distinguishes more than the colours nor object and background."""
    colours = {v[:3] for v in found}
    see_through = len(found) == 2 and {v[3] for v in found} == {0, 255}
    if len(colours) < len(found) or see_through:
        return found
    return {c[:1] for c in colours} if all(len(set(c)) == 1 for c in colours) else colours


def too_many(found: MaskFile, path: Path) -> str:
    """Return the message for too many values; it describes what the mask looks like."""
    values = found.values
    text = f"the masks up to {path} hold over {MOST_VALUES} values"
    if found.palette is None and values.ndim == 2 and values.dtype == np.uint8:
        near = float(((values <= 32) | (values >= 223)).mean())
        if near > 0.5:
            return (
                f"{text}: they are grey between 0 and 255, as soft or resized masks are. Pass --nearest, "
                "so that each value counts as the nearest class, or make the masks 0 and 255"
            )
    return f"{text}: if they are masks and not images, pass --classes and --values"


def guess_code(
    masks: Sequence[Path],
    classes: Sequence[str] | None,
    ignored: Sequence[Any] | None,
    nearest: bool = False,
    faults: list[Fault] | None = None,
) -> tuple[MaskCode, list[str]]:
    """Find the values of masks, and assign them to the classes in rising order; colours have no order.

    Args:
        masks: The files.
        classes: Names of the classes, or None for generated ones.
        ignored: Values that are not counted; by default 255 beside ids, and negative numbers.
        nearest: Whether values in between are assigned to the nearest class, as in JPEG files.
        faults: List for masks that cannot be read; without it, the first error is raised.

    Returns:
        The code, and notes on it for the user.

    Raises:
        SourceError: If there are more values than there can be classes, another number than class names, or
            colours to match with class names.
        ValueError: If a mask cannot be read and there is no list `faults`.
    """
    survey, chosen = Survey(nearest), [as_value(v) for v in ignored or ()]
    read = track_map(attempt, masks, "reading masks", THREADS)
    for path, found in zip(masks, read, strict=True):
        if isinstance(found, MaskFile):
            survey.add(found, path)
        elif faults is None:
            raise found
        else:
            faults.append(Fault(DAMAGED, str(found)))
    if survey.lossy.files:
        found_values, notes = survey.lossy.values()
        skipped = set(chosen)
        if survey.kinds and not survey.values(any(len(v) > 1 for v in chosen)) <= found_values | skipped:
            raise SourceError(
                f"some masks are JPEG, such as {survey.lossy.files[0]}, others are not, and these hold "
                "other values: use one format for all, or pass --classes and --values"
            )
    else:
        found_values, notes = survey.values(any(len(v) > 1 for v in chosen)), []
        skipped = set(chosen) if ignored is not None else usually_ignored(found_values)
    values = in_order(found_values - skipped)
    return MaskCode.make(name_classes(values, classes), values, sorted(skipped), nearest), notes


def attempt(path: Path) -> MaskFile | Exception:
    """Read a mask; return the error if it cannot be read."""
    try:
        return read_mask(path.read_bytes(), path)
    except (OSError, ValueError) as error:
        return error


def usually_ignored(found: set[Value]) -> set[Value]:
    """Return the values that are ignored unless the user decides otherwise: negative ids, and 255 beside ids.

    >>> sorted(usually_ignored({(0,), (1,), (255,), (-1,)})), usually_ignored({(0,), (255,)})
    ([(-1,), (255,)], set())
    """
    if any(len(v) > 1 for v in found):
        return set()
    negative = {v for v in found if v[0] < 0}
    others = {v[0] for v in found - negative if v != USUALLY_IGNORED}
    beside_ids = not others or (others != {0} and max(others) < LEAST_GREY_LEVEL)
    return negative | ({USUALLY_IGNORED} if beside_ids or USUALLY_IGNORED not in found else set())


def in_order(values: set[Value]) -> list[Value]:
    """Sort values in the order of classes: ids and colours rise; opaque and later channels come last.

    Raises:
        SourceError: If there is no value, or channels of classes overlap.
    """
    if not values:
        raise SourceError("no pixel of the masks has a class: all values are ignored; see --ignored")
    width = len(next(iter(values)))
    if width == 4 and len({v[3] for v in values}) > 1 and len(values) == 2:
        return sorted(values, key=lambda v: (v[3], v))
    several = [v for v in sorted(values) if np.count_nonzero(v) > 1]
    if width == 1 or (width == 3 and (several or len(values - {(0, 0, 0)}) < 3)):
        return sorted(values)
    if several and width != 4:
        raise SourceError(
            f"the masks have {width} channels, and pixels with several at once, such as {several[0]}: a "
            "pixel has one class, so convert them to a mask of ids, or pass --classes and --values"
        )
    return sorted(values, key=lambda v: tuple(-n for n in v) if any(v) else (-(1 << 62),))


def made_up_names(count: int) -> list[str]:
    """Generate names for a number of classes.

    >>> made_up_names(2), made_up_names(1)
    (['background', 'foreground'], ['class_0'])
    """
    return ["background", "foreground"] if count == 2 else [f"class_{i}" for i in range(count)]


def name_classes(values: Sequence[Value], classes: Sequence[str] | None) -> list[str]:
    """Return the classes' names, generated if necessary.

    Raises:
        SourceError: If there is another number of names than of values, or values without an order need
            names.
    """
    names = list(classes or made_up_names(len(values)))
    if len(names) != len(values):
        listed = [v[0] if len(v) == 1 else v for v in values]
        raise SourceError(
            f"there are {len(names)} classes, but the masks hold {len(values)} values: {listed}; pass values "
            "that are not classes as --ignored"
        )
    if classes and len(values[0]) == 3 and any(len(set(value)) > 1 for value in values):
        colours = " ".join('"#{:02x}{:02x}{:02x}"'.format(*value) for value in values)
        raise SourceError(
            f"the masks hold the colours {colours}: pass them as --values, in the order of --classes"
        )
    return names
