"""Lists of images that a config reads, and what is in them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .provenance import sha256

__all__ = ["list_hashes"]


def named_lists(dataset: Any) -> Iterator[tuple[str, str]]:
    """Yield data root and name of every list of a data set and of those inside it."""
    if isinstance(dataset, list | tuple):
        for one in dataset:
            yield from named_lists(one)
    if not isinstance(dataset, Mapping):
        return
    inside = dataset.get("datasets") or []
    given = dataset.get("ann_files") or [one.get("ann_file") for one in inside]
    for one, name in zip(inside, given, strict=False):
        yield from named_lists({**one, "ann_file": name})
    yield from named_lists(dataset.get("dataset"))
    if isinstance(dataset.get("ann_file"), str) and dataset["ann_file"]:
        yield dataset.get("data_root") or "", dataset["ann_file"]


def list_hashes(config: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every list of images that the data sets of a config name, by the list's name.

    Args:
        config: A resolved config.
        folder: Where a run of it starts; lists that are not there are left out.
    """
    loaders = [config.get(f"{split}_dataloader") or {} for split in ("train", "val", "test")]
    found = {}
    for loader in loaders:
        for root, name in named_lists(loader.get("dataset")):
            path = folder / root / name
            if path.is_file():
                found[name] = sha256(path)
    return dict(sorted(found.items()))
