"""Making many small objects without Python's garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["paused_collector"]


@contextmanager
def paused_collector() -> Iterator[None]:
    """Let the collector rest while the block runs.

    It would walk everything that is loaded (torch too) again and again while thousands of small dictionaries
    are made, none of them garbage.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
