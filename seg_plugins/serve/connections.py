"""Connections to the server: so many at a time, and none that waits for ever."""

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
    """uvicorn's connection, closed where the other side is too slow, and refused where there are too many.

    uvicorn itself waits without an end for a request that never comes, or that comes by the byte, and for a
    client that takes no answer. How long a body may take is looked at where it is read (`intake.read_body`).

    Attributes:
        seconds: Within which a request's head has to be there, and an answer has to be taken in parts.
    """

    seconds = 10.0
    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Take the connection, or answer 503 and close it."""
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self.transport = transport
            transport.write(REFUSED)
            transport.close()
            return
        super().connection_made(transport)
        self.arm()

    def arm(self) -> None:
        """Give the other side `seconds` from now."""
        self.disarm()
        self.deadline = self.loop.call_later(self.seconds, self.transport.abort)

    def disarm(self) -> None:
        """Let the other side wait for us."""
        if self.deadline is not None:
            self.deadline.cancel()

    def data_received(self, data: bytes) -> None:
        """Read on; the deadline ends with a whole head."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self.disarm()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is there already."""
        before = self.cycle
        super().on_response_complete()
        if self.cycle is before:
            self.arm()

    def pause_writing(self) -> None:
        """The client does not take what is sent."""
        super().pause_writing()
        self.arm()

    def resume_writing(self) -> None:
        """The client takes it again."""
        super().resume_writing()
        self.disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self.disarm()
        super().connection_lost(exc)


def server_config(app: Any, limits: Limits) -> uvicorn.Config:
    """How the application is served: `limits.connections` at a time."""
    return uvicorn.Config(
        app, http=GuardedConnection, ws="none", log_level="warning", limit_concurrency=limits.connections
    )
