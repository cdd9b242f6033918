"""Weight files given by an address: downloaded once per machine, checked, and kept in torch's cache."""

import hashlib
import json
import re
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import mmengine
import torch
from mmengine.runner.checkpoint import get_deprecated_model_names, get_external_models, get_mmcls_models

from seg_plugins.files.atomic import atomic_path, locked
from seg_plugins.progress import track

__all__ = ["cache_path", "fetch", "is_address", "resolve_weights"]

SCHEMES = ("http", "https")
BLOCK = 1 << 20  # bytes
SILENCE_S = 60  # how long a server may send nothing
HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})(?:\.[a-z0-9]+)+$")
DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
HASH_GIVEN = re.compile(r"sha256=([0-9a-f]{8,64})")


def external_models() -> dict[str, str]:
    """Return names and addresses of OpenMMLab's weights, including deprecated names."""
    models = get_external_models()
    return models | {old: models[new] for old, new in get_deprecated_model_names().items() if new in models}


def torchvision_models() -> dict[str, str]:
    """Return names and addresses of torchvision's weights as MMEngine lists them, without torchvision."""
    return json.loads((Path(mmengine.__file__).parent / "hub" / "torchvision_0.12.json").read_bytes())


NAMED = {
    "open-mmlab://": external_models,
    "openmmlab://": external_models,
    "mmcls://": get_mmcls_models,
    "torchvision://": torchvision_models,
    "modelzoo://": torchvision_models,
}


def resolve_weights(checkpoint: str) -> str:
    """Resolve `open-mmlab://NAME`, `mmcls://NAME` or `torchvision://NAME` to an address; return others as is.

    Raises:
        ValueError: There is no such name.
    """
    for prefix, models in NAMED.items():
        if checkpoint.startswith(prefix):
            names = models()
            name = checkpoint.removeprefix(prefix)
            if name not in names:
                raise ValueError(f"weights {checkpoint}: no such name; known: {', '.join(sorted(names))}")
            return names[name]
    return checkpoint


def is_address(checkpoint: str) -> bool:
    """Return whether weights are given by an address and not by a path."""
    return "://" in checkpoint


def cache_path(address: str) -> Path:
    """Return the path of a download: one folder per address, so that files of the same name never collide.

    >>> cache_path("https://example.org/a/net.pth") == cache_path("https://example.org/b/net.pth")
    False
    """
    parts = urlsplit(address)
    digest = hashlib.sha256(without_fragment(address).encode()).hexdigest()[:12]
    site, name = (
        re.sub(r"[^\w.-]", "_", text).strip(".") for text in (parts.hostname or "", file_name(address))
    )
    return Path(torch.hub.get_dir(), "checkpoints", f"{site}-{digest}", name or "weights.pth")


def without_fragment(address: str) -> str:
    """Return the address without its fragment, as it is sent to the server."""
    return urlunsplit(urlsplit(address)._replace(fragment=""))


def file_name(address: str) -> str:
    """Return the last part of an address's path."""
    return unquote(urlsplit(address).path).rpartition("/")[2]


def expected_hash(address: str) -> str:
    """Return the first digits of the SHA-256 (hex) that a file must have; empty if unknown.

    They come from `#sha256=...` at the end of the address, else from the file's name as in torch's hub.

    Raises:
        ValueError: The text after `#` is something else.

    >>> expected_hash("https://example.org/resnet50_v1c-2cccc1ad.pth")
    '2cccc1ad'
    >>> expected_hash("https://example.org/net-20240131.pth")
    ''
    """
    fragment = urlsplit(address).fragment.lower()
    if fragment:
        given = HASH_GIVEN.fullmatch(fragment)
        if given is None:
            raise ValueError(f"weights {address}: after # write sha256=<8 to 64 hex digits>, or nothing")
        return given[1]
    named = HASH_IN_NAME.search(file_name(address))
    return named[1] if named and not DATE.fullmatch(named[1]) else ""


def check_hash(file: Path, address: str, place: Path) -> None:
    """Raise ValueError if a file does not have the hash that its address states."""
    wanted = expected_hash(address)
    if not wanted:
        return
    with open(file, "rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if not found.startswith(wanted):
        raise ValueError(
            f"weights {place}: the SHA-256 begins with {found[: len(wanted)]}, but {address} states "
            f"{wanted}: the file is damaged or a different one. Delete it to download it again. If you trust "
            "it, give its path instead of the address"
        )


class WebOnly(urllib.request.HTTPRedirectHandler):
    """Follow redirects to http and https only, and from https to https only."""

    max_redirections = 5

    def redirect_request(self, request: Any, *answer: Any) -> Any:
        """Check the new address, the last argument, and then do as upstream does."""
        check_scheme(answer[-1], SCHEMES if request.type == "http" else SCHEMES[1:])
        return super().redirect_request(request, *answer)


def check_scheme(address: str, schemes: Sequence[str] = SCHEMES) -> None:
    """Raise ValueError if an address has another scheme or names no server."""
    parts = urlsplit(address)
    if parts.scheme.lower() not in schemes or not parts.hostname:
        raise ValueError(
            f"weights {address}: only {' and '.join(schemes)} addresses are downloaded. Download the file "
            "yourself and give its path"
        )


def blocks(answer: Any, address: str, total: int) -> Iterator[bytes]:
    """Yield the body of a response.

    Raises:
        OSError: The body ends early.
    """
    got = 0
    while block := answer.read(BLOCK):
        got += len(block)
        yield block
    if total and got < total:
        raise OSError(f"{address} ended after {got} of {total} bytes")


def download(address: str, file: Path) -> None:
    """Write the response of an address to a file.

    Raises:
        OSError: The network or the server fails, or the response is truncated.
    """
    opener = urllib.request.build_opener(WebOnly)
    request = urllib.request.Request(without_fragment(address), headers={"User-Agent": "seg-plugins"})
    with opener.open(request, timeout=SILENCE_S) as answer, open(file, "wb") as out:
        total = int(answer.headers.get("Content-Length") or 0)
        for block in track(
            blocks(answer, address, total), f"downloading {file_name(address)}", -(-total // BLOCK)
        ):
            out.write(block)


def fetch(address: str) -> Path:
    """Download weights, unless they are cached, and return their path.

    Every process may call this: on each machine (each cache) one process downloads and the others wait.

    Args:
        address: `http://` or `https://`; a `#sha256=...` at its end or a hash in the file name is checked.

    Raises:
        ValueError: The scheme is another one, or the hash does not match.
        OSError: The download fails.
    """
    check_scheme(address)
    place = cache_path(address)
    hub = place.parents[1] / place.name  # torch's own hub keeps it there, by name alone
    if expected_hash(address) and hub.is_file() and not place.is_file():
        try:
            check_hash(hub, address, hub)
            return hub
        except ValueError:  # a file of the same name from another site
            pass
    if not place.is_file():
        with locked(place):
            if not place.is_file():  # another process may have finished it
                with atomic_path(place) as unfinished:
                    download(address, unfinished)
                    check_hash(unfinished, address, place)
    check_hash(place, address, place)
    return place
