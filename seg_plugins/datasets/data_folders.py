"""Checks that the folders of data sets exist, before a run creates its own and in each data set."""

import os
from collections.abc import Iterator, Mapping, Sequence
from os import path as osp
from typing import Any

from mmseg.registry import DATASETS

from seg_plugins.config.tool_command import tool_command

__all__ = ["how_to_get", "require_data_folders", "require_folder"]


def how_to_get(prepared_by: str, alternative: str) -> str:
    """Say how to get the data, or what to set instead."""
    if not prepared_by:
        return alternative
    return f"run `{tool_command('prepare_dataset', prepared_by)}`, or {alternative}"


def require_folder(folder: str, what: str, data_root: str | None, prepared_by: str = "") -> None:
    """Raise FileNotFoundError with advice if a folder is missing.

    Args:
        folder: The folder.
        what: Kind of files in it.
        data_root: Root of the data set; the message names it if it is missing too.
        prepared_by: Name of the data set in prepare_dataset.py.
    """
    if osp.isdir(folder):
        return
    if data_root and not osp.isdir(data_root):
        raise FileNotFoundError(
            f"data root {data_root} does not exist (looked from {os.getcwd()}): "
            f"{how_to_get(prepared_by, 'set data_root')}"
        )
    beside = osp.dirname(folder) or "."
    there = sorted(e.name for e in os.scandir(beside) if e.is_dir()) if osp.isdir(beside) else []
    raise FileNotFoundError(
        f"folder {folder} of the {what} does not exist (beside it: {there or 'nothing'}): "
        f"{how_to_get(prepared_by, 'set data_prefix')}"
    )


def data_sets(dataset: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the data sets of a loader's `dataset`, also inside wrappers."""
    if isinstance(dataset, list | tuple):
        for member in dataset:
            yield from data_sets(member)
    elif isinstance(dataset, Mapping):
        inner = [dataset[key] for key in ("dataset", "datasets") if dataset.get(key) is not None]
        yield from (found for part in inner for found in data_sets(part))
        if not inner:
            yield dataset


def require_data_folders(cfg: Mapping[str, Any], loaders: Sequence[str]) -> None:
    """Raise FileNotFoundError if the image folder of a data set is missing, before anything is built.

    Args:
        cfg: A config.
        loaders: Keys of the loaders whose data are needed.
    """
    for loader in loaders:
        for dataset in data_sets((cfg.get(loader) or {}).get("dataset")):
            root, prefixes = dataset.get("data_root"), dataset.get("data_prefix") or {}
            images = prefixes.get("img_path") if isinstance(prefixes, Mapping) else None
            if dataset.get("backend_args") is not None or not isinstance(root or "", str):
                continue
            folder = osp.join(root or "", images) if isinstance(images, str) else root
            if folder and "://" not in folder:
                kind = DATASETS.get(dataset["type"]) if isinstance(dataset.get("type"), str) else None
                require_folder(folder, "images", root, getattr(kind, "prepared_by", ""))
