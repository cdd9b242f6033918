"""Refusal of requests that a page of another site makes a browser send."""

import ipaddress
import json
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

__all__ = ["SameSite", "is_known_host", "is_same_origin"]

HEADERS = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port; empty if the header is invalid."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_known_host(host: str, names: Collection[str]) -> bool:
    """Test whether a Host header names this server: by a number, as localhost, or by one of its names.

    A page whose own name resolves to this server (DNS rebinding) sends that name.

    >>> is_known_host("127.0.0.1:8000", ()), is_known_host("evil.example:8000", ("lab.example",))
    (True, False)
    """
    name = host_name(host)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name in {n.lower() for n in names}
    return True


def is_same_origin(origin: str | None, host: str) -> bool:
    """Test whether an Origin header, which browsers send with every POST, names the server's own page."""
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


class SameSite:
    """ASGI middleware: 403 for unknown hosts and other origins, and headers that keep other pages out.

    Args:
        app: The application.
        names: Host names of this server; None takes any host.
    """

    def __init__(self, app: Any, names: Collection[str] | None = None) -> None:
        self.app = app
        self.names = names

    def refusal(self, headers: dict[str, str]) -> dict[str, str] | None:
        """Return what is wrong with a request's headers, as JSON; None if they are accepted."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if self.names is not None and not is_known_host(host, self.names):
            name = host_name(host)[:100]
            message = f"{host[:100]!r} is not a name of this server: start it with --allow-host {name}"
            return {"error": "unknown_host", "message": message}
        if not is_same_origin(origin, host):
            return {"error": "other_origin", "message": f"pages of {origin[:100]!r} may not use this server"}
        return None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        refusal = self.refusal(headers)
        if refusal is None:
            await self.app(scope, receive, guarded)
            return
        body = json.dumps(refusal).encode()
        kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await guarded({"type": "http.response.start", "status": 403, "headers": kind})
        await guarded({"type": "http.response.body", "body": body})
