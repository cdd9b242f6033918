"""Ports of this machine that nothing else is given between the choice and the use."""

import itertools
import os
import socket

FIRST, COUNT = 10_000, 20_000  # below those that Linux gives to whoever asks for any port
OFFSETS = itertools.count(os.getpid() * 97)


def free_port():
    """A port of 127.0.0.1 that was not given out before, as text."""
    for offset in OFFSETS:
        port = FIRST + offset % COUNT
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return str(port)
