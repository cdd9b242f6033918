"""One thread for the model, and a bounded number of waiting requests."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from .intake import Refusal

__all__ = ["Worker"]

Result = TypeVar("Result")


class Worker:
    """Runs jobs one after another in a separate thread.

    A request reserves a place before its body is read, so the memory of bodies is bounded too. Only the event
    loop's thread counts the places.

    Args:
        places: Requests that may be read, wait or be processed at a time.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self.taken = 0
        self.pool = ThreadPoolExecutor(1, "model")

    @contextmanager
    def place(self) -> Iterator[None]:
        """Reserve one of the places.

        Raises:
            Refusal: 429, all places are in use.
        """
        if self.taken >= self.places:
            raise Refusal(429, "busy", f"{self.taken} requests are running or waiting: try again later")
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def run(self, job: Callable[[], Result]) -> tuple[Result, float]:
        """Run a job in the thread; return its result and the seconds that it waited."""
        asked = time.perf_counter()

        def timed() -> tuple[Result, float]:
            waited = time.perf_counter() - asked
            return job(), waited

        return await asyncio.get_running_loop().run_in_executor(self.pool, timed)

    def close(self) -> None:
        """Drop waiting jobs; the running job ends by itself."""
        self.pool.shutdown(wait=False, cancel_futures=True)
