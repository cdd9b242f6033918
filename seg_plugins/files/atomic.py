"""Files that are there as a whole or not at all."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["atomic_path", "locked", "write_json"]


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """A path beside `target` to write to, renamed to `target` when the block ends without an error.

    After an error the unfinished file is removed and an older `target` stays as it was.

    Args:
        target: The final path; its folder is made. The suffix is kept, as many writers look at it.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        umask = os.umask(0)
        os.umask(umask)
        unfinished.chmod(0o666 & ~umask)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def plain(value: Any) -> Any:
    """A number or array of NumPy or PyTorch as Python's own."""
    if isinstance(value, np.generic | np.ndarray) or hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def write_json(target: str | Path, content: Any) -> None:
    """Write `content` as indented JSON, atomically.

    Args:
        target: The file.
        content: What `json` takes; numbers and arrays of NumPy and PyTorch are converted.
    """
    with atomic_path(target) as path:
        path.write_text(json.dumps(content, indent=2, default=plain) + "\n")


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
