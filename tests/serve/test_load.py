"""A thousand requests to a real server, malformed ones among them: all answered, memory flat."""

import asyncio
import gc
from collections import Counter
from pathlib import Path

import httpx

from seg_plugins.serve.app import make_app
from seg_plugins.serve.intake import Limits
from tests.serve.base import StubPredictor, encoded, half_bright, running

GOOD = encoded(half_bright(48, 64))
RAW = (b"nonsense\r\n\r\n", b"POST /api/segment HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\n",
       b"POST /api/segment HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")  # fmt: skip


def resident_mib():
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def raw(port, data):
    """Bytes to the port; the status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 300)
    writer.close()
    return int(answer.split()[1])


async def broken_off(port):
    """A body that ends half-way, and no one to read an answer."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /api/segment HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nhalf")
    await writer.drain()
    writer.close()
    return "broken off"


async def one(client, port, number):
    kind = number % 10
    if kind < 6:
        query = "?include=packed" if kind % 2 else ""
        return (await client.post(f"/api/segment{query}", content=GOOD)).status_code
    if kind == 6:
        return (await client.post("/api/segment", content=GOOD[: 20 + number % 60])).status_code
    if kind == 7:
        return (await client.post("/api/segment", content=bytes(300_000))).status_code
    if kind == 8:
        return await raw(port, RAW[number % len(RAW)])
    return await broken_off(port)


async def send(port, count, at_once=16):
    turns = asyncio.Semaphore(at_once)

    async def wait_turn(client, number):
        async with turns:
            return await one(client, port, number)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
        return Counter(await asyncio.gather(*(wait_turn(client, i) for i in range(count))))


def test_a_thousand_requests():
    app = make_app(StubPredictor(), Limits(max_bytes=200_000, queue=1000))
    with running(app) as port:
        asyncio.run(send(port, 200))
        before = resident_mib()
        answers = asyncio.run(send(port, 1000))
        growth = resident_mib() - before
        last = httpx.post(f"http://127.0.0.1:{port}/api/segment", content=GOOD)
    print(dict(answers), f"{growth:.1f} MiB")
    assert sum(answers.values()) == 1000 and set(answers) <= {200, 400, 413, 415, "broken off"}
    assert (answers[200], answers[413], answers["broken off"]) == (600, 100, 100)
    assert last.status_code == 200  # no place was lost
    assert growth < 20
