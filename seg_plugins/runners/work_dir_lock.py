"""A lock on the work directory: one training run, and one process that starts it."""

import errno
import fcntl
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mmengine.dist import broadcast_object_list, is_main_process

__all__ = ["WorkDirLock", "held_for_all_ranks"]

HELD: dict[tuple[int, int, str], int] = {}  # device and inode of each locked directory: its holder
ONE_AT_A_TIME = threading.Lock()
UNSUPPORTED = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)


class WorkDirLock:
    """A lock held by the training process, or by the one that starts it; the kernel ends it with the process.

    It ends even if loading workers live on. For that reason it is a POSIX record lock (``lockf``): workers
    would inherit an ``flock``. Such a lock distinguishes processes only, so a table records what this process
    holds. A requeued Slurm job takes over the lock of its own earlier attempt, whose node may be lost.

    Args:
        work_dir: Existing directory.
        name: Name of the lock: each kind of holder has its own.
        way_out: Advice in the message besides waiting for the holder.
    """

    def __init__(
        self,
        work_dir: str | Path,
        name: str = ".training.lock",
        way_out: str = ", or give this run another --work-dir",
    ) -> None:
        self.path = Path(work_dir) / name
        self.way_out = way_out
        self._file: IO[str] | None = None
        self._key: tuple[int, int, str] | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._key is not None

    def acquire(self) -> str | None:
        """Take the lock.

        Returns:
            None, or a warning: the file system has no locks, or an earlier attempt's lock was taken over.

        Raises:
            ValueError: Another run holds the lock; the message names its host and process.
        """
        folder = os.stat(self.path.parent)
        key = (folder.st_dev, folder.st_ino, self.path.name)
        with ONE_AT_A_TIME:
            if HELD.get(key) == os.getpid():  # opening and closing the file would already end that lock
                raise self._in_use(os.getpid(), socket.gethostname(), " (this one)")
            warning = self._lock()
            self._key, HELD[key] = key, os.getpid()
        return warning

    def _in_use(self, process: int | str, host: str, which: str = "") -> ValueError:
        return ValueError(
            f"{self.path.parent} is in use: process {process} on {host}{which} works there. "
            f"Wait for it, or end it{self.way_out}"
        )

    def _lock(self) -> str | None:
        while True:
            file = open(self.path, "a+")  # noqa: SIM115  (held for the life of the run)
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in UNSUPPORTED:
                    file.close()
                    return (
                        f"{self.path.parent} has no file locks ({error.strerror}): start no second run in it"
                    )
                return self._take_over(file)
            if self._still_there(file):
                self._hold(file)
                return None
            file.close()

    def _still_there(self, file: IO[str]) -> bool:
        """Return whether the locked file still has its name: another run may just have replaced it."""
        try:
            return os.fstat(file.fileno()).st_ino == os.stat(self.path).st_ino
        except FileNotFoundError:
            return False

    def _hold(self, file: IO[str]) -> None:
        self._file = file
        file.seek(0)
        file.truncate()
        json.dump(
            {**_attempt(), "host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}, file
        )
        file.flush()

    def _take_over(self, file: IO[str]) -> str:
        file.seek(0)
        try:
            holder = json.loads(file.read())
        except ValueError:
            holder = {}
        file.close()
        mine = _attempt()
        if mine["job"] is None or mine["job"] != holder.get("job") or mine["life"] <= holder["life"]:
            raise self._in_use(holder.get("pid", "?"), holder.get("host", "?"))
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        taken = open(fresh, "a+")  # noqa: SIM115
        fcntl.lockf(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._hold(taken)
        os.replace(fresh, self.path)
        return (
            f"took {self.path.parent} over from process {holder['pid']} on {holder['host']}, "
            f"an earlier attempt of Slurm job {mine['job']}"
        )

    def release(self) -> None:
        """Release the lock; the file stays, because removing it would race with the next run."""
        if self._key is not None:
            HELD.pop(self._key, None)
            self._key = None
        if self._file is not None:
            self._file.close()
            self._file = None


@contextmanager
def held_for_all_ranks(lock: WorkDirLock, logger: logging.Logger) -> Iterator[None]:
    """Hold a lock on rank 0 while the block runs; if it is refused, raise on all ranks.

    Args:
        lock: The lock of this rank's process.
        logger: Reports what `WorkDirLock.acquire` warns of.

    Raises:
        ValueError: Another run holds it.
    """
    outcome: list[str | None] = [None, None]
    if is_main_process():
        try:
            outcome[0] = lock.acquire()
        except ValueError as error:
            outcome[1] = str(error)
    broadcast_object_list(outcome)
    if outcome[1] is not None:
        raise ValueError(outcome[1])
    if outcome[0] is not None:
        logger.warning(outcome[0])
    try:
        yield
    finally:
        lock.release()


def _attempt() -> dict[str, str | int | None]:
    """Return the Slurm job of this process and its attempt: requeued jobs keep their number."""
    return {
        "job": os.environ.get("SLURM_JOB_ID"),
        "life": int(os.environ.get("SLURM_RESTART_COUNT", "0")),
    }
