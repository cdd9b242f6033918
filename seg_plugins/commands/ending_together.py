"""A failing rank ends the other ranks with its message.

A rank in a collective operation waits for a missing rank until a timeout of half an hour, and handles no
signals meanwhile. So a thread of each rank looks for a failure report every second, in a separate store. It
ends the process if the main thread does not.
"""

import datetime
import json
import os
import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import NoReturn

import torch.distributed as dist
from mmengine.dist import broadcast_object_list, is_main_process

from .user_errors import EXIT_USER_ERROR, user_message

__all__ = ["EndingTogether"]

KEY = "failure"
CONNECTING = datetime.timedelta(seconds=60)
CONNECTION_ERRORS = (RuntimeError,)  # raised by a collective if another rank is missing


class EndingTogether:
    """A block in which a failure of any rank ends all ranks; a run of one process is not watched.

    Args:
        poll: Seconds between two checks.
        grace: Seconds that the main thread has to end by itself, and that a failing rank waits for the others
            to read its report.
    """

    def __init__(self, poll: float = 1.0, grace: float = 10.0) -> None:
        self.poll, self.grace = poll, grace
        self._store: dist.TCPStore | None = None
        self._rank, self._world = 0, 1
        self._over = threading.Event()

    def watch(self) -> None:
        """Start watching, once the processes have joined; every rank calls this.

        If no store can be reached, ranks are not watched and the run continues.
        """
        if self._store is not None or not dist.is_initialized() or dist.get_world_size() == 1:
            return
        self._rank, self._world = dist.get_rank(), dist.get_world_size()
        host = os.environ.get("MASTER_ADDR", "127.0.0.1")
        port = [0]
        with suppress(RuntimeError):
            if is_main_process():
                self._store = dist.TCPStore(host, 0, is_master=True, wait_for_workers=False)
                port = [self._store.port]
        broadcast_object_list(port)
        with suppress(RuntimeError):
            if self._store is None and port[0]:
                self._store = dist.TCPStore(host, port[0], is_master=False, timeout=CONNECTING)
        if self._store is not None:
            threading.Thread(target=self._look, name="rank watch", daemon=True).start()

    def __enter__(self) -> "EndingTogether":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or self._store is None or _is_agreed(error):
            self._over.set()
        else:
            self._report(error)

    def _report(self, error: BaseException) -> None:
        """Report the first failure to the others; if this one only follows, raise that of the other rank."""
        word = json.dumps({"rank": self._rank, "text": _described(error), "code": _exit_code(error)})
        try:
            first = self._store.compare_set(KEY, "", word).decode()
        except RuntimeError:  # rank 0 has ended, and the store with it
            return
        if first == word:
            self._wait_until_heard()
        elif isinstance(error, CONNECTION_ERRORS):
            self._store.add("heard", 1)
            raise SystemExit(_say(first)) from None

    def _wait_until_heard(self) -> None:
        end = time.monotonic() + self.grace
        while time.monotonic() < end and self._store.add("heard", 0) < self._world - 1:
            time.sleep(0.05)

    def _look(self) -> None:
        """Look for a failure until the block ends; runs in a thread."""
        while not self._over.wait(self.poll):
            try:
                if not self._store.check([KEY]):
                    continue
                word = self._store.get(KEY).decode()
                if json.loads(word)["rank"] == self._rank:
                    return
                self._store.add("heard", 1)
            except RuntimeError:
                word = json.dumps({"rank": 0, "text": "it ended without a report", "code": 1})
            if not self._over.wait(self.grace):
                _end(word)
            return


def _is_agreed(error: BaseException) -> bool:
    """Test whether all ranks end like this: done, or stopped by a signal to the runner (`RunStopped`)."""
    return isinstance(error, SystemExit) and (error.code in (None, 0) or type(error) is not SystemExit)


def _described(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it ended with exit code {error.code}"
    text = user_message(error) if isinstance(error, Exception) else None
    return text or f"{type(error).__name__}: {error}"


def _exit_code(error: BaseException) -> int:
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return error.code
    return EXIT_USER_ERROR if isinstance(error, Exception) and user_message(error) else 1


def _say(word: str) -> int:
    """Print the failure of another rank, and return its exit code."""
    failure = json.loads(word)
    own = os.environ.get("RANK", "?")
    print(
        f"[rank {own}] error: ended because rank {failure['rank']} failed: {failure['text']}", file=sys.stderr
    )
    return failure["code"]


def _end(word: str) -> NoReturn:
    """End the process, whose main thread waits in code that Python cannot interrupt."""
    code = _say(word)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
