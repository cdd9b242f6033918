"""Connections to the server: a limited number, each with deadlines."""

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .intake import Limits

__all__ = ["GuardedConnection", "server_config"]

REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
)


class GuardedConnection(H11Protocol):
    """uvicorn's connection with deadlines and a limit of their number.

    uvicorn waits without a limit for a request that never arrives or that arrives byte by byte, and for a
    client that does not read its answer. The deadline of a body is checked by its reader
    (`intake.read_body`).

    Attributes:
        seconds: Deadline for the head of a request, and for each part of an answer to be read.
    """

    seconds = 10.0
    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Accept the connection, or answer 503 and close it."""
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self.transport = transport
            transport.write(REFUSED)
            transport.close()
            return
        super().connection_made(transport)
        self.arm()

    def arm(self) -> None:
        """Set the deadline of the client to `seconds` from now."""
        self.disarm()
        self.deadline = self.loop.call_later(self.seconds, self.transport.abort)

    def disarm(self) -> None:
        """Remove the deadline while the server works."""
        if self.deadline is not None:
            self.deadline.cancel()

    def data_received(self, data: bytes) -> None:
        """Read data; a complete head removes the deadline."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self.disarm()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it has arrived already."""
        before = self.cycle
        super().on_response_complete()
        if self.cycle is before:
            self.arm()

    def pause_writing(self) -> None:
        """Set a deadline, since the client does not read the answer."""
        super().pause_writing()
        self.arm()

    def resume_writing(self) -> None:
        """Remove the deadline, since the client reads again."""
        super().resume_writing()
        self.disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the deadline."""
        self.disarm()
        super().connection_lost(exc)


def server_config(app: Any, limits: Limits) -> uvicorn.Config:
    """Return the server's settings, with `limits.connections` connections at a time."""
    return uvicorn.Config(
        app, http=GuardedConnection, ws="none", log_level="warning", limit_concurrency=limits.connections
    )
