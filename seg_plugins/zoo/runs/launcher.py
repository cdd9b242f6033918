"""What starts the runs of a suite: the devices of this machine or a cluster's queue."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from ..suites.layout import Layout
from ..suites.model import Row
from ..suites.suite import Suite

__all__ = ["Launcher"]


@runtime_checkable
class Launcher(Protocol):
    """Starts runs of a suite, each `tools/train.py` and then `tools/test.py`, in their work directories.

    A run that needs others of those given begins when they are done. A run that fails stops only the runs
    that need it, directly or through others. Whatever else a run needs has to be finished.

    Attributes:
        suite: The suite.
        layout: The checkout.
    """

    suite: Suite
    layout: Layout

    def plan(self, rows: Sequence[Row]) -> list[str]:
        """What `run` would do with the rows, a line for each thing to say; nothing is started."""
        ...

    def run(self, rows: Sequence[Row], tick: Callable[[], None] = lambda: None) -> dict[str, str]:
        """Start runs.

        Args:
            rows: The runs, in the order in which they should begin.
            tick: Called now and then while this waits for runs, for a display.

        Returns:
            The phase that each run is in at the end of this call, by slot: `done`, `failed` or `not run`
            where it was waited for, `queued` where a queue has it now.

        Raises:
            ValueError: The runs cannot be started at all; the message says why.
        """
        ...
