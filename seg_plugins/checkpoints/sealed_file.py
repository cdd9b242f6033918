"""Checkpoint files that are complete or recognisably not: written aside, synced, renamed, checksummed.

The file is torch's own zip archive. Its SHA-256 is stored in the archive's comment, so the two are never
separated, and every program that reads torch checkpoints can still read the file.
"""

import hashlib
import os
import re
import shutil
import struct
import time
import zipfile
from pathlib import Path
from typing import BinaryIO

import torch

from seg_plugins.files.atomic import atomic_path, write_text

__all__ = [
    "corruption",
    "find_whole",
    "has_started",
    "mark_start",
    "remove_unfinished",
    "require_local",
    "write_checkpoint",
    "written_at",
]

SEAL = re.compile(rb"seg-plugins sha256=([0-9a-f]{64}) written=(\d{20})\Z")
SEAL_BYTES = len(b"seg-plugins sha256= written=") + 64 + 20
START = ".run_started"
UNFINISHED_CHECKPOINTS = ".*.pth.*.part.pth"
COMMENT_LENGTH = struct.Struct("<H")
BEFORE_ZIP = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # first bytes of a checkpoint of torch before 1.6


class _HashingWriter:
    """File object that hashes everything written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


def require_local(directory: str, *backends: dict | None) -> None:
    """Refuse a storage backend: the guarantees for checkpoints need files that can be renamed.

    Args:
        directory: Directory of the checkpoints.
        *backends: ``backend_args`` and ``file_client_args`` of upstream's hook.

    Raises:
        ValueError: One of them is not the local file system.
    """
    named = [backend for backend in backends if backend and backend.get("backend") not in ("local", "disk")]
    if named or "://" in directory:
        raise ValueError(
            f"checkpoints must be in a local directory. {named[0] if named else directory} is not one: set "
            "out_dir to a local path or remove it, and copy the checkpoints from there"
        )


def write_checkpoint(checkpoint: dict, path: str | Path) -> None:
    """Write a checkpoint so that ``path`` always holds either the complete old file or the complete new one.

    Args:
        checkpoint: Any object that ``torch.save`` accepts.
        path: Path of the file; its directory is created.

    Raises:
        OSError: The file could not be written (disk full, no permission). The old file at ``path`` is
            unchanged.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        now = _time_after(path.parent, path.suffix)
        with atomic_path(path, durable=True) as unfinished, open(unfinished, "w+b") as file:
            _save_sealed(checkpoint, file, now)
    except BaseException as error:
        cause = _os_error(error)
        if cause is None:
            raise
        free = shutil.disk_usage(path.parent).free / 2**20
        raise OSError(
            cause.errno,
            f"{cause.strerror} while writing {path} ({free:.0f} MiB free there). Checkpoints written before "
            "are intact: make room, then start again with --resume",
        ) from error


def _time_after(directory: Path, suffix: str = ".pth") -> int:
    """Return the time in ns since 1970, after that of any file here: a requeued run's host clock may lag."""
    known = [written_at(path) for path in directory.glob(f"[!.]*{suffix}") if path.is_file()]
    return max(time.time_ns(), _started(directory) + 1, *(at + 1 for at in known))


def _started(directory: Path) -> int:
    mark = directory / START
    return int(mark.read_text() or os.stat(mark).st_mtime_ns) if mark.exists() else 0


def _save_sealed(checkpoint: dict, file: BinaryIO, now: int) -> None:
    writer = _HashingWriter(file)
    torch.save(checkpoint, writer)
    seal = b"seg-plugins sha256=%s written=%020d" % (writer.sha256.hexdigest().encode(), now)
    file.seek(-COMMENT_LENGTH.size, os.SEEK_END)
    file.write(COMMENT_LENGTH.pack(len(seal)) + seal)


def _os_error(error: BaseException) -> OSError | None:
    """Return the operating system's error that torch's writer hid behind ``error``, a RuntimeError."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _seal(path: Path) -> re.Match[bytes] | None:
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - SEAL_BYTES))
        return SEAL.match(file.read())


def written_at(path: str | Path) -> int:
    """Return the time of writing in ns since 1970: from the seal, else from the file's date."""
    seal = _seal(Path(path))
    return int(seal[2]) if seal else os.stat(path).st_mtime_ns


def corruption(path: str | Path) -> str | None:
    """Describe what is wrong with a checkpoint file; None if it is complete.

    A file without our checksum (written by another program) is complete if the CRC of every member of its
    archive matches. Torch's format before 1.6, used by many published checkpoints, has no checksums.
    """
    path = Path(path)
    seal = _seal(path)
    if seal is None:
        return _archive_corruption(path)
    digest = hashlib.sha256()
    left = path.stat().st_size - SEAL_BYTES - COMMENT_LENGTH.size
    with open(path, "rb") as file:
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            digest.update(block)
            left -= len(block)
        length = file.read(COMMENT_LENGTH.size)
    digest.update(COMMENT_LENGTH.pack(0))
    agrees = digest.hexdigest() == seal[1].decode() and length == COMMENT_LENGTH.pack(SEAL_BYTES)
    return None if agrees else "its SHA-256 does not match its content"


def _archive_corruption(path: Path) -> str | None:
    with open(path, "rb") as file:
        if file.read(len(BEFORE_ZIP)) == BEFORE_ZIP:
            return None
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.testzip()
    except (zipfile.BadZipFile, EOFError):
        return f"cut short or not a checkpoint ({path.stat().st_size} bytes)"
    if member is not None:
        return f"its member {member} is damaged"
    with open(path, "rb") as file:
        file.seek(-min(path.stat().st_size, 2 * SEAL_BYTES), os.SEEK_END)
        tail = file.read()
    end = tail[tail.rfind(b"PK\x05\x06") :]
    return None if end[20:] == COMMENT_LENGTH.pack(0) else "its checksum is damaged or cut short"


def mark_start(directory: str | Path) -> None:
    """Record that a run starts from scratch here, so that older files do not count as its checkpoints."""
    write_text(Path(directory) / START, str(_time_after(Path(directory))), durable=True)


def has_started(directory: str | Path) -> bool:
    """Return whether a run without ``--resume`` has started here."""
    return (Path(directory) / START).exists()


def find_whole(directory: str | Path, template: str = "iter_{}.pth") -> tuple[Path | None, dict[Path, str]]:
    """Find the newest complete checkpoint that a run can be resumed from.

    Args:
        directory: Directory of ``iter_*.pth`` and ``epoch_*.pth``.
        template: Another pattern for their names, with ``{}`` for the number.

    Returns:
        The newest complete checkpoint, or None, and what is wrong with each newer one that was skipped. Files
        written before the last :func:`mark_start` are ignored, except that the newest is named.
    """
    mark, start = Path(directory) / START, _started(Path(directory))
    named = re.compile(r"(iter|epoch)_\d+\.pth|" + re.escape(template).replace(r"\{\}", r"\d+"))
    found = [p for p in Path(directory).glob("*") if named.fullmatch(p.name)]
    skipped = {}
    for path in sorted(found, key=lambda p: (written_at(p), int(re.sub(r"\D", "", p.name))), reverse=True):
        if written_at(path) < start:
            skipped[path] = (
                f"an earlier run wrote it, before one without --resume started here (delete {mark} to resume "
                "from it)"
            )
            break
        fault = corruption(path)
        if fault is None:
            return path, skipped
        skipped[path] = fault
    return None, skipped


def remove_unfinished(directory: str | Path) -> list[Path]:
    """Delete what killed writers left behind; only the process that holds the work directory may do so."""
    left = sorted(Path(directory).glob(UNFINISHED_CHECKPOINTS))
    for path in left:
        path.unlink(missing_ok=True)
    return left
