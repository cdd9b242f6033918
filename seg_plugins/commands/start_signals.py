"""Signals before the first step: there is nothing to save, and the same command starts again."""

import os
import signal
from types import FrameType

from seg_plugins.config.exit_codes import EXIT_RESUMABLE

__all__ = ["stop_at_signals"]


def stop(number: int, frame: FrameType | None) -> None:
    """Handle a signal: end the process like a training that saved its state.

    Raises:
        SystemExit: Always, with `EXIT_RESUMABLE`.
    """
    name = signal.Signals(number).name
    os.write(2, f"{name}: stopped outside of the steps; the same command continues (exit 85)\n".encode())
    raise SystemExit(EXIT_RESUMABLE)


def stop_at_signals() -> None:
    """Let SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 end this process, until the runner handles them."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, stop)
