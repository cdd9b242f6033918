"""Faults of the files in a folder, collected so that all are reported together."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seg_plugins.files.atomic import write_text

from .converter import SourceError

__all__ = ["Fault", "FaultsError", "by_kind", "collected", "faults_path", "forget_faults", "write_faults"]

NO_MASK = "no mask"
OTHER_SIZE = "mask of another size"
OTHER_SHAPE = "mask of another shape"
DAMAGED = "file that cannot be used"
DOUBLE = "two files of one name"
ANNOTATION = "annotation that cannot be used"
NO_IMAGE = "annotated image that is not in the folder"
WAYS_OUT = {
    NO_MASK: "add them, or leave these images out with --skip-unlabelled",
    OTHER_SIZE: "--resize-masks resizes them to the size of their images (nearest neighbour)",
    OTHER_SHAPE: "draw them on the image as it is displayed; --resize-masks would distort them",
    DAMAGED: "save or copy them again, or remove image and mask",
    DOUBLE: "rename or remove one of each",
    ANNOTATION: "correct or remove them in the annotation files",
    NO_IMAGE: "pass the folder that 'file_name' is relative to as --images, or correct 'file_name'",
}
HEADING = "Faults found by `prepare_dataset.py folder`"


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        kind: Its kind, a key of `WAYS_OUT` or other words.
        message: File and value; also the fix if only this file has it.
    """

    kind: str
    message: str


class FaultsError(SourceError):
    """A folder has faults.

    Args:
        faults: All of them, at least one.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        groups = by_kind(self.faults)
        super().__init__("; ".join(f"{len(group)} x {kind}: {group[0]}" for kind, group in groups.items()))


@contextmanager
def collected(kind: str, faults: list[Fault] | None) -> Iterator[None]:
    """Collect an error in a user's file instead of ending at it.

    Args:
        kind: Kind of the fault.
        faults: The list that receives it, or None if it is to be raised.
    """
    try:
        yield
    except ValueError as error:
        if faults is None:
            raise
        faults.append(Fault(kind, str(error)))


def by_kind(faults: Sequence[Fault]) -> dict[str, list[str]]:
    """Group messages by their kind, in order of appearance."""
    groups: dict[str, list[str]] = {}
    for fault in faults:
        groups.setdefault(fault.kind, []).append(fault.message)
    return groups


def faults_path(out: Path) -> Path:
    """Return the path of the faults of a result `out`: beside it."""
    return out.with_name(f"{out.name}-faults.txt")


def write_faults(path: Path, faults: Sequence[Fault]) -> None:
    """Write all faults, one per line, under their kinds and fixes."""
    parts = [HEADING]
    for kind, messages in by_kind(faults).items():
        way_out = f" ({WAYS_OUT[kind]})" if kind in WAYS_OUT else ""
        parts.append(f"\n{kind}: {len(messages)}{way_out}")
        parts += [f"  {' '.join(message.splitlines())}" for message in messages]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, "\n".join(parts).encode(errors="backslashreplace").decode() + "\n")


def forget_faults(path: Path) -> None:
    """Remove the list of an earlier attempt, if the file holds one."""
    if path.is_file() and path.read_bytes().startswith(HEADING.encode()):
        path.unlink()
