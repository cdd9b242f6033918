"""One training run, and one that starts it, per work directory."""

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

HELD: dict[tuple[int, int, str], int] = {}  # device and inode of each locked directory: who holds it
ONE_AT_A_TIME = threading.Lock()
UNSUPPORTED = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)


class WorkDirLock:
    """Held by the training process, or by the one that starts it, and ended by the kernel with it.

    It ends even while loading workers live on. That is why it is a POSIX record lock (``lockf``): an
    ``flock`` would be inherited by the workers. Such a lock knows processes only, so what this process holds
    is kept in a table besides. A requeued Slurm job takes the lock of its own earlier life over, whose node
    may be lost.

    Args:
        work_dir: Existing directory.
        name: Of the lock: each kind of holder has its own.
        way_out: What the message advises beside waiting for the holder.
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
            None, or what to warn of: a file system without locks, an earlier life's lock taken over.

        Raises:
            ValueError: Another run holds it; the message names its host and process.
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
        """Whether the locked file is still the one of that name: another run may have just replaced it."""
        try:
            return os.fstat(file.fileno()).st_ino == os.stat(self.path).st_ino
        except FileNotFoundError:
            return False

    def _hold(self, file: IO[str]) -> None:
        self._file = file
        file.seek(0)
        file.truncate()
        json.dump({**_life(), "host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}, file)
        file.flush()

    def _take_over(self, file: IO[str]) -> str:
        file.seek(0)
        try:
            holder = json.loads(file.read())
        except ValueError:
            holder = {}
        file.close()
        mine = _life()
        if mine["job"] is None or mine["job"] != holder.get("job") or mine["life"] <= holder["life"]:
            raise self._in_use(holder.get("pid", "?"), holder.get("host", "?"))
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        taken = open(fresh, "a+")  # noqa: SIM115
        fcntl.lockf(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._hold(taken)
        os.replace(fresh, self.path)
        return (
            f"took {self.path.parent} over from process {holder['pid']} on {holder['host']}, an earlier life "
            f"of Slurm job {mine['job']}"
        )

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would race with the next run."""
        if self._key is not None:
            HELD.pop(self._key, None)
            self._key = None
        if self._file is not None:
            self._file.close()
            self._file = None


@contextmanager
def held_for_all_ranks(lock: WorkDirLock, logger: logging.Logger) -> Iterator[None]:
    """Let rank 0 hold a lock for the block; if it is refused, all ranks raise.

    Args:
        lock: That of this rank's process.
        logger: Hears what `WorkDirLock.acquire` warns of.

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


def _life() -> dict[str, str | int | None]:
    """Which Slurm job this is, and which life of it: requeued jobs keep their number."""
    return {
        "job": os.environ.get("SLURM_JOB_ID"),
        "life": int(os.environ.get("SLURM_RESTART_COUNT", "0")),
    }
