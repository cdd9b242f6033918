"""The search for images that annotation files name."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from posixpath import join, normpath

from seg_plugins.files.picture_pixels import picture_size

from ..converter import SourceError
from .json_fields import Record

__all__ = ["ImageIndex"]


def key_of(name: str) -> str:
    """Normalise case and Unicode form of a file name, so that its spellings compare equal."""
    return unicodedata.normalize("NFC", name).casefold()


class ImageIndex:
    """The images of a folder. No other file can be found, independently of what an annotation file states.

    Args:
        folder: The folder.
        names: Their names, relative to it, with "/".
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder = folder
        self.names = set(names)
        self.alike: dict[str, list[str]] = defaultdict(list)
        for name in names:
            self.alike[key_of(name)].append(name)

    def look_up(self, name: str) -> str | None:
        """Return the image of exactly that name, otherwise the only one with an equivalent spelling."""
        if name in self.names:
            return name
        alike = self.alike.get(key_of(name), [])
        return alike[0] if len(alike) == 1 else None

    def find(self, written: str, beside: str | None = None) -> str | None:
        r"""Find the image that a path in a file stands for.

        The path may have Windows separators. Leading folders are ignored if they end the path of the
        folder of the images, or if they cannot lie in it: `C:\me\a.jpg`, `/me/a.jpg` and `../a.jpg` are
        a.jpg.

        Args:
            written: The path.
            beside: Folder of the file that holds the path, relative to its root, if paths start there and not
                in the folder of the images; all leading folders are then ignored.

        Returns:
            The image's name, or None.
        """
        if beside is None and written in self.names:
            return written
        path = normpath(join(beside or "", written.replace("\\", "/")))
        parts = path.lstrip("/").split("/")
        outside = beside is not None or parts[0] == ".." or re.match("/|[A-Za-z]:", path)
        own = self.folder.resolve().parts
        for start in range(len(parts)):
            found = self.look_up("/".join(parts[start:]))
            if found and (not start or outside or own[-start:] == tuple(parts[:start])):
                return found
        return self.look_up(join(beside, parts[-1])) if beside else None

    def size(self, name: str, record: Record, height: str, width: str) -> tuple[int, int]:
        """Read the size of an image, and compare it with the size that a file states, if any.

        Args:
            name: Name of the image.
            record: The object that states the size.
            height: Name of the field of the height.
            width: Name of the field of the width.

        Returns:
            Height and width in pixels.

        Raises:
            SourceError: If they differ.
            ValueError: If the image is damaged.
        """
        said = (record.length(height), record.length(width))
        real = picture_size(self.folder / name)
        if any(a not in (None, b) for a, b in zip(said, real, strict=True)):
            raise SourceError(
                f"{record.place} states that {self.folder / name} is {said[0]}x{said[1]} (HxW), but it is "
                f"{real[0]}x{real[1]}: annotate it again, or restore the image that was annotated"
            )
        return real
