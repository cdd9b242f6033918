"""The launcher of a suite's runs: this machine's devices or a cluster's queue."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from ..suites.layout import Layout
from ..suites.model import Row
from ..suites.suite import Suite

__all__ = ["Launcher"]


@runtime_checkable
class Launcher(Protocol):
    """Starts runs of a suite in their work directories: `tools/train.py`, then `tools/test.py`.

    A run that needs other runs of the same call begins when they are done. A run that fails stops only the
    runs that need it, directly or through others. Every other needed run has to be finished before.

    Attributes:
        suite: The suite.
        layout: The checkout.
    """

    suite: Suite
    layout: Layout

    def plan(self, rows: Sequence[Row]) -> list[str]:
        """List what `run` would do with the rows, one line each; start nothing."""
        ...

    def run(self, rows: Sequence[Row], tick: Callable[[], None] = lambda: None) -> dict[str, str]:
        """Start runs.

        Args:
            rows: The runs, in the order in which they should begin.
            tick: Function that is called repeatedly during the wait, for a display.

        Returns:
            The phase of each run at the end of this call, by slot: `done`, `failed` or `not run` if the
            launcher waited for it, `queued` if it is in a queue.

        Raises:
            ValueError: The runs cannot be started; the message states the reason.
        """
        ...
