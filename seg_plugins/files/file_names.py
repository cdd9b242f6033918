"""Files of a folder, and how their names are compared: one rule for preparing, checking and training.

Links to folders are followed. Hidden files and folders, and those that macOS and Windows leave behind, are
skipped. Two names are the same if they differ only in the Unicode form of their letters (NFC, NFD) or in the
case of their suffix.
"""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

__all__ = ["IMAGE_SUFFIXES", "files_below", "name_key", "names_by_stem", "read_list", "require_one_each"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".ppm")
PASSED_OVER = {"__MACOSX"}


def name_key(name: str) -> str:
    """Return the form of a name that comparisons use.

    >>> name_key("a/B.PNG")
    'a/B.png'
    """
    root, ending = os.path.splitext(unicodedata.normalize("NFC", name))
    return root + ending.lower()


def walk(folder: str, above: tuple[str, ...]) -> Iterator[str]:
    """Yield the files below a folder, relative to it; do not enter a link to a folder above itself."""
    real = os.path.realpath(folder)
    if real in above:
        return
    for entry in os.scandir(folder):
        if entry.name.startswith(".") or entry.name in PASSED_OVER:
            continue
        try:
            is_folder = entry.is_dir()
        except OSError:  # a link to itself
            is_folder = False
        if is_folder:
            yield from (f"{entry.name}/{name}" for name in walk(entry.path, (*above, real)))
        else:  # also a broken link, so that reading it names it
            yield entry.name


def files_below(folder: str | Path, suffixes: Iterable[str] = IMAGE_SUFFIXES) -> list[str]:
    """Return the files in and below a folder that end in one of the suffixes, sorted.

    Args:
        folder: The folder; names are relative to it, with forward slashes.
        suffixes: Ends of names, such as ".png" or "_mask.png", in upper or lower case.
    """
    ends = tuple(name_key(f"x{suffix}")[1:] for suffix in suffixes)
    return sorted(name for name in walk(os.fspath(folder), ()) if name_key(name).endswith(ends))


def names_by_stem(names: Iterable[str], suffixes: Sequence[str]) -> dict[str, list[str]]:
    """Group names by their stem, the part before the suffix.

    Args:
        names: File names.
        suffixes: The longest suffix that fits a name counts.

    >>> names_by_stem(["a.jpg", "a.PNG", "b.png"], (".jpg", ".png"))
    {'a': ['a.jpg', 'a.PNG'], 'b': ['b.png']}
    """
    ends = sorted({name_key(f"x{suffix}")[1:] for suffix in suffixes}, key=len, reverse=True)
    found: dict[str, list[str]] = {}
    for name in names:
        key = name_key(name)
        end = next((end for end in ends if key.endswith(end)), None)
        if end is not None:
            found.setdefault(key[: len(key) - len(end)], []).append(name)
    return found


def require_one_each(found: dict[str, list[str]], folder: object, what: str) -> dict[str, str]:
    """Return the only file of each stem.

    Raises:
        ValueError: If a stem has several files, of which all but one would be lost.
    """
    double = [names for names in found.values() if len(names) > 1]
    if double:
        raise ValueError(
            f"{len(double)} {what} in {folder} share their name with another, such as "
            f"{' and '.join(double[0])}: rename or remove one"
        )
    return {stem: names[0] for stem, names in found.items()}


def read_list(path: str | Path, known: Iterable[str]) -> list[str]:
    """Read a list of stems, one per line, as written on Linux, macOS or Windows.

    Args:
        path: The file, in UTF-8, with or without a byte order mark.
        known: The existing stems, as `names_by_stem` returns them.

    Returns:
        The stem of `known` that a line means, else the line itself.

    Raises:
        ValueError: If the file is not text.
    """
    there = set(known)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"list of entries {path} is not UTF-8 text ({error}): save it as UTF-8") from None
    stems = []
    for line in text.split("\n"):
        stem = unicodedata.normalize("NFC", line.rstrip("\r"))
        if stem.strip():
            tried = (stem, stem.strip(), stem.strip().replace("\\", "/"))
            stems.append(next((t for t in tried if t in there), stem.strip()))
    return stems
