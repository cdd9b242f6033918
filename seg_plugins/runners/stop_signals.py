"""Stop signals, which are recorded, agreed on by all ranks, and acted on between two steps."""

import os
import signal
import threading
from types import FrameType
from typing import Any

import torch
import torch.distributed as dist
from mmengine.dataset import worker_init_fn
from mmengine.dist import get_world_size

from seg_plugins.config.exit_codes import EXIT_RESUMABLE

__all__ = ["EXIT_RESUMABLE", "RunStopped", "StopSignals", "init_worker"]

"""Exit code of a run that a signal stopped and saved: `--resume` continues it. In Slurm: `RequeueExit=85`."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)


class RunStopped(SystemExit):
    """A signal ended the run after its state was saved; the process exits with ``EXIT_RESUMABLE``."""

    def __init__(self, reason: str) -> None:
        super().__init__(EXIT_RESUMABLE)
        self.reason = reason


class StopSignals:
    """Record SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 within a block; a second SIGINT interrupts at once.

    Before the end of the first step there is nothing to save, and reading a large data set may take minutes,
    so a run of one process then ends at once.

    Ranks agree without waiting for each other: each step starts a small reduction on the CPU, and the next
    step reads its result. All ranks therefore stop at the same step, one after the signal.

    Attributes:
        active: Whether the block runs.
        received: Number of the first signal in the block, 0 without one.
    """

    def __init__(self) -> None:
        self.active = False
        self.received = 0
        self._flag = torch.zeros(1, dtype=torch.int64)

    def __enter__(self) -> "StopSignals":
        self.active, self.received = True, 0
        self._process = os.getpid()
        self._started = False
        self._before: dict[signal.Signals, Any] = {}
        self._group: Any = None
        self._pending: Any = None
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        if get_world_size() > 1:
            self._group = dist.new_group(backend="gloo")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        if kind is None and self._pending is not None:
            self._pending.wait()
        self._pending = None
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.active = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            return
        if not self._started and self._group is None:
            os.write(2, f"{signal.Signals(number).name}: stopped before the end of the first step\n".encode())
            raise RunStopped(signal.Signals(number).name)
        if number == signal.SIGINT and self.received == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = self.received or number
        again = "; again to stop at once" if number == signal.SIGINT else ""
        os.write(2, f"{signal.Signals(number).name}: saving after this step{again}\n".encode())

    def agreed(self) -> str | None:
        """Return the signal for which all ranks stop now, or None; all ranks must call this equally often."""
        if not self.active:
            return None
        self._started = True
        number = self.received
        if self._group is not None:
            number = self._agreed_before()
            if number == 0:
                self._flag.fill_(self.received)
                self._pending = dist.all_reduce(
                    self._flag, dist.ReduceOp.MAX, group=self._group, async_op=True
                )
        return signal.Signals(number).name if number else None

    def _agreed_before(self) -> int:
        if self._pending is None:
            return 0
        self._pending.wait()
        self._pending = None
        return int(self._flag)


def init_worker(worker_id: int, user_init: Any = None, **seeding: int) -> None:
    """Start a loading worker that ignores the signals sent to the training process.

    Slurm and Ctrl-C signal every process of a run; a worker that ended would end the whole run.

    Args:
        worker_id: Number of the worker.
        user_init: The config's own ``worker_init_fn``, called with ``worker_id``.
        **seeding: Arguments of MMEngine's ``worker_init_fn``.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if user_init is not None:
        user_init(worker_id)
    else:
        worker_init_fn(worker_id, **seeding)
