import asyncio
import itertools
import threading
from itertools import pairwise
from types import SimpleNamespace

import pytest

from seg_plugins.serve.intake import Refusal
from seg_plugins.serve.worker import Worker


def test_jobs_run_one_after_another_in_one_thread(monkeypatch):
    worker, spans, threads, clock = Worker(9), [], set(), itertools.count()
    monkeypatch.setattr("seg_plugins.serve.worker.time", SimpleNamespace(perf_counter=lambda: next(clock)))

    def job():
        threads.add(threading.get_ident())
        start = next(clock)
        spans.append((start, next(clock)))
        return len(spans)

    async def all_of_them():
        return await asyncio.gather(*(worker.run(job) for _ in range(5)))

    results = asyncio.run(all_of_them())
    worker.close()
    assert [number for number, _ in results] == [1, 2, 3, 4, 5]
    assert len(threads) == 1 and threading.get_ident() not in threads
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    waits = [waited for _, waited in results]
    assert waits[0] > 0 and waits == sorted(waits)


def test_places_are_bounded_and_given_back():
    worker = Worker(2)
    with worker.place(), pytest.raises(ZeroDivisionError), worker.place():
        with pytest.raises(Refusal, match="try again") as caught, worker.place():
            pass
        assert caught.value.status == 429
        raise ZeroDivisionError
    assert worker.taken == 0
