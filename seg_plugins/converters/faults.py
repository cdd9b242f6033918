"""What is wrong with the files of a folder: collected, so that all of it is told at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seg_plugins.files.atomic import write_text

from .converter import SourceError

__all__ = ["Fault", "FaultsError", "by_kind", "faults_path", "forget_faults", "write_faults"]

NO_MASK = "no mask"
OTHER_SIZE = "mask of another size"
OTHER_SHAPE = "mask of another shape"
DAMAGED = "file that cannot be used"
DOUBLE = "two files of one name"
WAYS_OUT = {
    NO_MASK: "add them, or leave these images out with --skip-unlabelled",
    OTHER_SIZE: "--resize-masks brings them to the size of their images (nearest neighbour)",
    OTHER_SHAPE: "draw them on the image as it is shown; --resize-masks would distort them",
    DAMAGED: "save or copy them again, or take image and mask away",
    DOUBLE: "rename one of each, or take it away",
}
HEADING = "Faults found by `prepare_dataset.py folder`"


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        kind: What it is, a key of `WAYS_OUT` or words of its own.
        message: File, value, and where only this file has it the way out.
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


def by_kind(faults: Sequence[Fault]) -> dict[str, list[str]]:
    """Groups messages by their kind, in order of appearance."""
    groups: dict[str, list[str]] = {}
    for fault in faults:
        groups.setdefault(fault.kind, []).append(fault.message)
    return groups


def faults_path(out: Path) -> Path:
    """Returns where the faults of what should become `out` are written: beside it."""
    return out.with_name(f"{out.name}-faults.txt")


def write_faults(path: Path, faults: Sequence[Fault]) -> None:
    """Writes all faults, a line each, under their kinds and the ways out."""
    parts = [HEADING]
    for kind, messages in by_kind(faults).items():
        way_out = f" ({WAYS_OUT[kind]})" if kind in WAYS_OUT else ""
        parts.append(f"\n{kind}: {len(messages)}{way_out}")
        parts += [f"  {' '.join(message.splitlines())}" for message in messages]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, "\n".join(parts).encode(errors="backslashreplace").decode() + "\n")


def forget_faults(path: Path) -> None:
    """Removes the list of an earlier start, if that is what the file holds."""
    if path.is_file() and path.read_bytes().startswith(HEADING.encode()):
        path.unlink()
