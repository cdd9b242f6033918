"""A progress bar on a terminal, else one plain line every 30 s."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import track as rich_track

__all__ = ["track", "track_map"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def track(items: Iterable[Item], description: str, total: int, interval: float = 30.0) -> Iterator[Item]:
    """Yield the items and show the progress on standard error.

    Args:
        items: Items to yield.
        description: Name of the work, a few words.
        total: Number of items.
        interval: Seconds between two lines if standard error is not a terminal.

    Yields:
        The items, unchanged.

    >>> list(track([1, 2], "counting", total=2))
    [1, 2]
    """
    console = Console(stderr=True)
    if console.is_terminal:
        yield from rich_track(items, escape(description), total=total, console=console)
        return
    last = time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - last >= interval:
            print(f"{description}: {done} of {total}", file=sys.stderr, flush=True)
            last = time.monotonic()
        yield item


def track_map(
    function: Callable[[Item], Result], items: Sequence[Item], description: str, threads: int | None = None
) -> Iterator[Result]:
    """Call a function on each item, in threads, and show the progress on standard error.

    Args:
        function: Function to call.
        items: Its arguments.
        description: Name of the work, a few words.
        threads: Number of threads; by default one per core, at most eight.

    Yields:
        The results in order.

    >>> list(track_map(abs, [-1, -2], "measuring"))
    [1, 2]
    """
    with ThreadPoolExecutor(threads or min(8, os.cpu_count() or 1)) as pool:
        yield from track(pool.map(function, items), description, len(items))
