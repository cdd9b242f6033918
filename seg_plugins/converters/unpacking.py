"""Prepares a source folder, unpacking the archives in it if need be."""

import shutil
import tarfile
import zipfile
from pathlib import Path

from seg_plugins.datasets.label_check import fingerprint
from seg_plugins.progress import track

from .converter import Converter, SourceError
from .writing import finished_record, prepare, recipe_of

__all__ = ["archives_in", "prepare_source", "unpack"]

SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
MARK = ".unpacked"


def archives_in(source: Path) -> list[Path]:
    """Returns the archives that lie directly in the folder, sorted."""
    return sorted(p for p in source.iterdir() if p.is_file() and p.name.lower().endswith(SUFFIXES))


def unpack(archives: list[Path], folder: Path) -> Path:
    """Unpacks archives side by side into one folder; those that are already there are skipped.

    Args:
        archives: The archives.
        folder: Where to; it is made.

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
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, shutil.ReadError) as error:
            raise SourceError(f"archive {archive} cannot be unpacked ({error}): fetch it again") from error
        mark.touch()
    return folder


def unpack_one(archive: Path, folder: Path) -> None:
    """Unpacks one archive; neither kind may leave the folder."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            file.extractall(folder)
    else:
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")


def prepare_source(converter: Converter, source: Path, out: Path, jobs: int, partial_source: bool) -> dict:
    """Prepares what lies in a folder, or in the archives that lie in it.

    Archives are unpacked beside the result and removed again when it is finished.

    Args:
        converter: The data set.
        source: The publisher's files.
        out: Root of the prepared data set.
        jobs: Number of processes.
        partial_source: Whether counts other than the published ones are fine.

    Returns:
        As `writing.prepare`.

    Raises:
        SourceError: If the source is not understood.
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
