"""A progress bar where somebody watches, one plain line every 30 s where nobody does."""

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
    """Yields the items and shows on standard error how far it is.

    Args:
        items: What to yield.
        description: What is being done, a few words.
        total: Number of items.
        interval: Seconds between two lines where standard error is no terminal.

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
    """Calls a function with each item, in threads, and shows on standard error how far it is.

    Args:
        function: What to call.
        items: With what.
        description: What is being done, a few words.
        threads: How many; by default one for each core, at most eight.

    Yields:
        The results in order.

    >>> list(track_map(abs, [-1, -2], "measuring"))
    [1, 2]
    """
    with ThreadPoolExecutor(threads or min(8, os.cpu_count() or 1)) as pool:
        yield from track(pool.map(function, items), description, len(items))
