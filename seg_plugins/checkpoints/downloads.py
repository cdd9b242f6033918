"""Weight files that are named by an address: fetched once a machine, checked, and kept in torch's cache."""

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
SILENCE_S = 60  # how long a server may say nothing
HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})(?:\.[a-z0-9]+)+$")
DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
HASH_GIVEN = re.compile(r"sha256=([0-9a-f]{8,64})")


def external_models() -> dict[str, str]:
    """Names and addresses of OpenMMLab's weights, names of the past included."""
    models = get_external_models()
    return models | {old: models[new] for old, new in get_deprecated_model_names().items() if new in models}


def torchvision_models() -> dict[str, str]:
    """Names and addresses of torchvision's weights, as MMEngine lists them; torchvision is not needed."""
    return json.loads((Path(mmengine.__file__).parent / "hub" / "torchvision_0.12.json").read_bytes())


NAMED = {
    "open-mmlab://": external_models,
    "openmmlab://": external_models,
    "mmcls://": get_mmcls_models,
    "torchvision://": torchvision_models,
    "modelzoo://": torchvision_models,
}


def resolve_weights(checkpoint: str) -> str:
    """Turn `open-mmlab://NAME`, `mmcls://NAME` or `torchvision://NAME` into its address; others pass.

    Raises:
        ValueError: No such name.
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
    """Whether weights are named by an address and not by a path."""
    return "://" in checkpoint


def cache_path(address: str) -> Path:
    """Where a download is kept: a folder for each address, so that two files of one name never meet.

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
    """The address as a server gets it."""
    return urlunsplit(urlsplit(address)._replace(fragment=""))


def file_name(address: str) -> str:
    """The last part of an address's path."""
    return unquote(urlsplit(address).path).rpartition("/")[2]


def expected_hash(address: str) -> str:
    """The beginning of the SHA-256 (hex) that a file has to have; empty where nobody says.

    `#sha256=...` at the end of the address says it, else the file's name in the way of torch's hub.

    Raises:
        ValueError: What follows `#` is something else.

    >>> expected_hash("https://example.org/resnet50_v1c-2cccc1ad.pth")
    '2cccc1ad'
    >>> expected_hash("https://example.org/net-20240131.pth")
    ''
    """
    fragment = urlsplit(address).fragment.lower()
    if fragment:
        given = HASH_GIVEN.fullmatch(fragment)
        if given is None:
            raise ValueError(f"weights {address}: after # stands sha256=<8 to 64 hex digits>, or nothing")
        return given[1]
    named = HASH_IN_NAME.search(file_name(address))
    return named[1] if named and not DATE.fullmatch(named[1]) else ""


def check_hash(file: Path, address: str, place: Path) -> None:
    """Raise ValueError where a file is not the one that its address promises."""
    wanted = expected_hash(address)
    if not wanted:
        return
    with open(file, "rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if not found.startswith(wanted):
        raise ValueError(
            f"weights {place}: the SHA-256 begins with {found[: len(wanted)]}, but {address} promises "
            f"{wanted}: the file is damaged or another one. Delete it to download it again; if you trust it, "
            "name its path"
        )


class WebOnly(urllib.request.HTTPRedirectHandler):
    """Follow redirections to http and https, to nothing else, and from https to https only."""

    max_redirections = 5

    def redirect_request(self, request: Any, *answer: Any) -> Any:
        """As upstream, after a look at the new address, which comes last."""
        check_scheme(answer[-1], SCHEMES if request.type == "http" else SCHEMES[1:])
        return super().redirect_request(request, *answer)


def check_scheme(address: str, schemes: Sequence[str] = SCHEMES) -> None:
    """Raise ValueError where an address is of another scheme, or names no server."""
    parts = urlsplit(address)
    if parts.scheme.lower() not in schemes or not parts.hostname:
        raise ValueError(
            f"weights {address}: only {' and '.join(schemes)} addresses are downloaded. Get the file "
            "yourself and name its path"
        )


def blocks(answer: Any, address: str, total: int) -> Iterator[bytes]:
    """The body of an answer; OSError where it ends early."""
    got = 0
    while block := answer.read(BLOCK):
        got += len(block)
        yield block
    if total and got < total:
        raise OSError(f"{address} ended after {got} of {total} bytes")


def download(address: str, file: Path) -> None:
    """Write what an address answers to a file.

    Raises:
        OSError: The network or the server fails, or the answer is cut short.
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
    """Download weights, unless they are there, and give their place.

    Every process may call this: on each machine (each cache) one downloads, the others wait for it.

    Args:
        address: `http://` or `https://`; `#sha256=...` behind it is checked, as is a hash in the file's name.

    Raises:
        ValueError: Another scheme, or not the file that was promised.
        OSError: It cannot be downloaded.
    """
    check_scheme(address)
    place = cache_path(address)
    hub = place.parents[1] / place.name  # where torch's own hub keeps it, by name alone
    if expected_hash(address) and hub.is_file() and not place.is_file():
        try:
            check_hash(hub, address, hub)
            return hub
        except ValueError:  # another site's file of that name
            pass
    if not place.is_file():
        with locked(place):
            if not place.is_file():  # who waited finds it
                with atomic_path(place) as unfinished:
                    download(address, unfinished)
                    check_hash(unfinished, address, place)
    check_hash(place, address, place)
    return place
