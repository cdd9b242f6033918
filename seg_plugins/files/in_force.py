"""What a library keeps for the whole process, changed for blocks of code only."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

__all__ = ["InForce"]

Policy = TypeVar("Policy")


class InForce(Generic[Policy]):
    """Policies that hold while their blocks run; the newest of several decides.

    Blocks may be nested, and those of several threads may overlap: what was registered stays until the last
    of them ends.

    Args:
        register: Registers with the library what asks for `newest`, and returns what undoes that.
    """

    def __init__(self, register: Callable[[], Callable[[], None]]) -> None:
        self._register = register
        self._undo: Callable[[], None] | None = None
        self._open: list[Policy] = []
        self._lock = threading.RLock()

    @property
    def newest(self) -> Policy | None:
        """The policy of the block that began last and has not ended; None outside of all blocks."""
        return self._open[-1] if self._open else None

    @contextmanager
    def block(self, policy: Policy) -> Iterator[None]:
        """Let a policy hold for a block."""
        with self._lock:
            if not self._open:
                self._undo = self._register()
            self._open.append(policy)
        try:
            yield
        finally:
            with self._lock:
                last = max(i for i, one in enumerate(self._open) if one is policy)
                del self._open[last]
                if not self._open and self._undo is not None:
                    self._undo()
