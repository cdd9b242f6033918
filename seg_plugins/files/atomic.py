"""Atomic writing: a file exists complete or not at all. The whole project writes through this module."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = [
    "atomic_path",
    "locked",
    "unfinished_files",
    "write_bytes",
    "write_json",
    "write_text",
]

UNFINISHED = ".*.part*"  # what a killed process may leave behind


@contextmanager
def atomic_path(target: str | Path, durable: bool = False) -> Iterator[Path]:
    """Yield a path beside `target` to write to; rename it to `target` if the block ends without an error.

    After an error, the unfinished file is removed and an older `target` stays unchanged.

    Args:
        target: The final path; its folder is created. The suffix is kept, as many writers depend on it.
        durable: Wait until the file is on the disk, so that it survives a power failure.

    Raises:
        OSError: The file cannot be written; its `filename` is `target`.
    """
    target = Path(target)
    unfinished = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(f".part{target.suffix}", f".{target.name}.", target.parent)
        os.close(handle)
        unfinished = Path(name)
        yield unfinished
        umask = os.umask(0)
        os.umask(umask)
        unfinished.chmod(0o666 & ~umask)
        if durable:
            _sync(unfinished)
        unfinished.replace(target)
        if durable:
            _sync(target.parent)
    except OSError as error:
        if unfinished is None or error.filename == str(unfinished):
            error.filename = str(target)
        raise
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Wait until the disk holds a file, or the names in a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unfinished_files(folder: Path) -> Iterator[Path]:
    """Yield the files that killed processes left in a folder and below it."""
    yield from folder.rglob(UNFINISHED)


def write_bytes(target: str | Path, data: bytes, durable: bool = False) -> None:
    """Write a file atomically; see `atomic_path`."""
    with atomic_path(target, durable) as path, open(path, "wb") as file:
        file.write(data)


def write_text(target: str | Path, text: str, durable: bool = False) -> None:
    """Write text in UTF-8 atomically; see `atomic_path`."""
    write_bytes(target, text.encode(), durable)


def plain(value: Any) -> Any:
    """Convert a number or array of NumPy or PyTorch to Python's own types; convert anything else to text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def write_json(target: str | Path, content: Any, durable: bool = False, **style: Any) -> None:
    """Write `content` as JSON atomically; see `atomic_path`.

    Args:
        target: The file.
        content: Whatever `json` accepts; numbers and arrays of NumPy and PyTorch are converted.
        durable: As for `atomic_path`.
        style: Arguments of `json.dumps`; the default indent is 2.
    """
    write_text(target, json.dumps(content, **{"indent": 2, "default": plain} | style) + "\n", durable)


@contextmanager
def locked(target: str | Path) -> Iterator[None]:
    """Lock a file for this block; other processes and threads wait at their own block until it ends.

    The lock ends with its process. On a file system without locks, nothing is locked.

    Args:
        target: The file that the block reads and writes. Its folder is created; the lock is a file beside it.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.with_name(f".{target.name}.lock"), "a") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
