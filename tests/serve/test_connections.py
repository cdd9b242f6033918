import socket
import threading
from contextlib import ExitStack

import numpy as np
import pytest

from seg_plugins.serve.app import make_app
from seg_plugins.serve.connections import GuardedConnection
from seg_plugins.serve.intake import Limits
from tests.serve.base import StubPredictor, encoded, running

ASK = b"GET /api/info HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
PATIENCE_S = 30


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def until_closed(connection):
    """All that comes until the server closes."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


def answer(port):
    """The status of an answer; a connection that was refused may be reset before its 503 is read."""
    with connect(port) as one:
        try:
            one.sendall(ASK)
            return int(one.recv(65536).split()[1])
        except (ConnectionError, IndexError):
            return 503


def test_connections_are_limited_and_places_come_back(monkeypatch):
    """They are taken in the order in which they come: the fifth is one too many, whatever the others do."""
    monkeypatch.setattr(GuardedConnection, "seconds", 1000)
    limits = Limits(connections=4)
    with running(make_app(StubPredictor(), limits), limits) as port:
        for _ in range(2):
            with ExitStack() as stack:
                for _ in range(4):
                    stack.enter_context(connect(port))
                with connect(port) as one_more:
                    assert until_closed(one_more).startswith(b"HTTP/1.1 503")
            assert next(a for a in (answer(port) for _ in range(1000)) if a != 503) == 200


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET /api/info HTTP/1.1\r\nHost: a\r\n",
        ASK,
        ASK.replace(b"\r\n\r\n", b"\r\nContent-Length: 99\r\n\r\n"),
    ],
    ids=["silent", "half a head", "after an answer", "a body that nobody reads"],
)
def test_who_says_nothing_more_is_left(start, monkeypatch):
    """The server closes; the test waits for that and would hang without it."""
    monkeypatch.setattr(GuardedConnection, "seconds", 0.2)
    with running(make_app(StubPredictor())) as port, connect(port) as slow:
        slow.sendall(start)
        until_closed(slow)


def test_who_takes_no_answer_is_left(monkeypatch):
    """Twelve megabytes are more than the system keeps for a client that does not read."""
    monkeypatch.setattr(GuardedConnection, "seconds", 0.2)
    left, end = threading.Event(), GuardedConnection.connection_lost
    monkeypatch.setattr(GuardedConnection, "connection_lost", lambda *a: (end(*a), left.set()))
    body = encoded(np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), np.uint8), "BMP")
    head = f"POST /api/segment?include=image HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
    with running(make_app(StubPredictor())) as port, connect(port) as slow:
        slow.sendall(head.encode() + body)
        assert slow.recv(100).startswith(b"HTTP/1.1 200") and left.wait(PATIENCE_S)
