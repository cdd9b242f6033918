"""Preparation of a source folder; archives in it are unpacked first."""

import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from seg_plugins.datasets.label_check import fingerprint
from seg_plugins.progress import track

from .converter import Converter, SourceError
from .writing import finished_record, prepare, recipe_of

__all__ = ["archives_in", "prepare_source", "unpack"]

SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
MARK = ".unpacked"
MOST_GROWTH = 200  # images, even masks, hardly shrink in an archive
ALWAYS_FINE = 2**30  # bytes
BY_HAND = "If you trust it, unpack it yourself and pass the folder"
FAULTS = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)


@dataclass(frozen=True)
class Member:
    """An archive's entry for one of its members; `kind` is folder, file or other."""

    name: str
    kind: str
    size: int
    open: Callable[[], IO[bytes]]


def archives_in(source: Path) -> list[Path]:
    """Return the archives directly in the folder, sorted."""
    return sorted(p for p in source.iterdir() if p.is_file() and p.name.lower().endswith(SUFFIXES))


def unpack(archives: list[Path], folder: Path) -> Path:
    """Unpack archives side by side into one folder; those that are already unpacked are skipped.

    Args:
        archives: The archives.
        folder: Folder of the members; it is created.

    Returns:
        The folder.

    Raises:
        SourceError: If an archive is damaged or would write outside the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for archive in track(archives, "unpacking", len(archives)):
        mark = folder / f".{archive.name}{MARK}"
        if mark.exists():
            continue
        try:
            unpack_one(archive, folder)
        except FAULTS as error:  # RuntimeError: a password is needed, or a kind of compression is unknown
            if getattr(error, "errno", None):  # an error of the disk, not of the archive
                raise
            raise SourceError(f"archive {archive} cannot be unpacked ({error}): fetch it again") from error
        mark.touch()
    return folder


def members_of(archive: Path) -> Iterator[Member]:
    """Yield the folders and files of an archive in order; a TAR is read once, from start to end."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            for info in file.infolist():
                mode = info.external_attr >> 16
                kind = (
                    "folder"
                    if info.is_dir()
                    else "file"
                    if stat.S_IFMT(mode) in (0, stat.S_IFREG)
                    else "other"
                )
                yield Member(info.filename, kind, info.file_size, partial(file.open, info))
    else:
        with tarfile.open(archive) as file:
            for info in file:
                kind = "folder" if info.isdir() else "file" if info.isreg() else "other"
                yield Member(info.name, kind, info.size, partial(file.extractfile, info))


def unpack_one(archive: Path, folder: Path) -> None:
    """Unpack the folders and plain files of one archive.

    Raises:
        SourceError: If a member is a link or a device, or leads out of the folder; if all are too large for
            the disk, or far larger than the archive, as only an attack is.
    """
    free, packed, total = shutil.disk_usage(folder).free, archive.stat().st_size, 0
    for member in members_of(archive):
        path = PurePosixPath(member.name.replace("\\", "/"))
        if (
            member.kind == "other"
            or path.is_absolute()
            or ".." in path.parts
            or PureWindowsPath(member.name).drive
        ):
            raise SourceError(
                f"archive {archive}: {member.name!r} is a link or a device, or leads out of the folder. "
                f"{BY_HAND}"
            )
        total += member.size
        if total > free or total > max(MOST_GROWTH * packed, ALWAYS_FINE):
            raise SourceError(
                f"archive {archive} ({packed / 2**30:.2f} GiB) holds {total / 2**30:.1f} GiB or more, and "
                f"there are {free / 2**30:.1f} GiB free in {folder}. {BY_HAND}"
            )
        target = folder / path
        if member.kind == "folder":
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as source, open(target, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)


def prepare_source(converter: Converter, source: Path, out: Path, jobs: int, partial_source: bool) -> dict:
    """Prepare the files of a folder, or of the archives in it.

    Archives are unpacked beside the result and removed again when it is finished.

    Args:
        converter: The data set.
        source: The publisher's files.
        out: Root of the prepared data set.
        jobs: Number of processes.
        partial_source: Whether counts other than the published ones are accepted.

    Returns:
        The record of `writing.prepare`.

    Raises:
        SourceError: If the source is not recognised.
    """
    try:
        entries = converter.find(source)
    except SourceError as error:
        archives = archives_in(source)
        if not archives:
            raise SourceError(f"{error}. {converter.fetch}") from error
    else:
        return prepare(converter, entries, out, jobs, partial_source)
    recipe = recipe_of(converter, (), fingerprint(archives))
    finished = finished_record(out, recipe)
    if finished:
        return finished
    unpacked = unpack(archives, out.with_name(f"{out.name}.unpacked"))
    record = prepare(converter, converter.find(unpacked), out, jobs, partial_source, recipe)
    shutil.rmtree(unpacked)
    return record
