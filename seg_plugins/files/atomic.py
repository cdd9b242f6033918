"""Files that are there as a whole or not at all. Everything that the project writes goes through here."""

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

UNFINISHED = ".*.part*"  # what a killed process may leave


@contextmanager
def atomic_path(target: str | Path, durable: bool = False) -> Iterator[Path]:
    """A path beside `target` to write to, renamed to `target` when the block ends without an error.

    After an error the unfinished file is removed and an older `target` stays as it was.

    Args:
        target: The final path; its folder is made. The suffix is kept, as many writers look at it.
        durable: Wait until the disk has the file, so that it also outlives a power failure.

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
    """Wait until the disk has a file, or knows the names in a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unfinished_files(folder: Path) -> Iterator[Path]:
    """What killed processes left in a folder and below it."""
    yield from folder.rglob(UNFINISHED)


def write_bytes(target: str | Path, data: bytes, durable: bool = False) -> None:
    """Write a file atomically, see `atomic_path`."""
    with atomic_path(target, durable) as path, open(path, "wb") as file:
        file.write(data)


def write_text(target: str | Path, text: str, durable: bool = False) -> None:
    """Write a text in UTF-8 atomically, see `atomic_path`."""
    write_bytes(target, text.encode(), durable)


def plain(value: Any) -> Any:
    """A number or array of NumPy or PyTorch as Python's own."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def write_json(target: str | Path, content: Any, durable: bool = False, **style: Any) -> None:
    """Write `content` as JSON atomically, see `atomic_path`.

    Args:
        target: The file.
        content: What `json` takes; numbers and arrays of NumPy and PyTorch are converted.
        durable: As for `atomic_path`.
        style: Arguments of `json.dumps`; by default an indent of 2.
    """
    write_text(target, json.dumps(content, **{"indent": 2, "default": plain} | style) + "\n", durable)


@contextmanager
def locked(target: str | Path) -> Iterator[None]:
    """Hold a file for this block: other processes, and other threads, of this block wait for its end.

    The lock ends with its process. A file system without locks gives none.

    Args:
        target: What is read and written in the block; its folder is made, the lock is a file beside it.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.with_name(f".{target.name}.lock"), "a") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
