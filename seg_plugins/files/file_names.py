"""Files of a folder and how their names are compared: one rule for preparing, checking and training.

Links to folders are followed. Hidden files and folders, and what macOS and Windows leave behind, are passed
over. Two names are the same if they differ only in the Unicode form of their letters (NFC, NFD) or in the
capitals of their ending.
"""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

__all__ = ["IMAGE_SUFFIXES", "files_below", "name_key", "names_by_stem", "read_list", "require_one_each"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".ppm")
PASSED_OVER = {"__MACOSX"}


def name_key(name: str) -> str:
    """Returns what a name is compared by.

    >>> name_key("a/B.PNG")
    'a/B.png'
    """
    root, ending = os.path.splitext(unicodedata.normalize("NFC", name))
    return root + ending.lower()


def walk(folder: str, above: tuple[str, ...]) -> Iterator[str]:
    """Yields the files below a folder, relative to it; a link to a folder above itself is not entered."""
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
        else:  # a link to nowhere too, so that reading it names it
            yield entry.name


def files_below(folder: str | Path, suffixes: Iterable[str] = IMAGE_SUFFIXES) -> list[str]:
    """Returns the files of a folder and those below it that end in one of the suffixes, sorted.

    Args:
        folder: The folder; names are relative to it, with forward slashes.
        suffixes: Ends of names, such as ".png" or "_mask.png"; capitals of the ending do not count.
    """
    ends = tuple(name_key(f"x{suffix}")[1:] for suffix in suffixes)
    return sorted(name for name in walk(os.fspath(folder), ()) if name_key(name).endswith(ends))


def names_by_stem(names: Iterable[str], suffixes: Sequence[str]) -> dict[str, list[str]]:
    """Groups names by what is left before their suffix.

    Args:
        names: Names of files.
        suffixes: Of several that fit a name, the longest counts.

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
    """Returns the one file of each stem.

    Raises:
        ValueError: If a stem has several, of which all but one would be lost.
    """
    double = [names for names in found.values() if len(names) > 1]
    if double:
        raise ValueError(
            f"{len(double)} {what} in {folder} share their name with another, such as "
            f"{' and '.join(double[0])}: rename one, or take it away"
        )
    return {stem: names[0] for stem, names in found.items()}


def read_list(path: str | Path, known: Iterable[str]) -> list[str]:
    """Reads a list of stems, one a line, the way Linux, macOS and Windows write it.

    Args:
        path: The file; UTF-8, with or without a byte order mark.
        known: The stems that exist, as `names_by_stem` gives them.

    Returns:
        Stems of `known` where a line means one, else the line as it stands.

    Raises:
        ValueError: If it is no text.
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
