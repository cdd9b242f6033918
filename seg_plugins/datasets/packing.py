"""Packing of a data set, and detection of changes since it was packed."""

import copy
import hashlib
import json
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dataset import Compose
from mmseg.registry import DATASETS

from seg_plugins.config.tool_command import tool_command
from seg_plugins.files.safe_files import safe_files
from seg_plugins.progress import track

from .checked_seg_dataset import CheckedSegDataset
from .multi_source_dataset import labelled_source
from .pack_file import PackReader, PackWriter

__all__ = ["LOADERS", "build_source", "current_pack", "default_folder", "pack_dataset", "pack_split"]

LOADERS = {
    "LoadImageFromFile": "image",
    "LoadSegImage": "image",
    "LoadAnnotations": "labels",
    "LoadSegAnnotations": "labels",
}
AHEAD = 4  # entries decoded per thread before they are written


def default_folder(config: dict[str, Any]) -> Path:
    """Return the folder for a data set's pack: `packed/<folder of images>[-<list>]` below its root.

    Raises:
        ValueError: If the config names no root or folder.
    """
    root, images = config.get("data_root"), (config.get("data_prefix") or {}).get("img_path")
    if not root or not images:
        raise ValueError(
            "no data_root and data_prefix.img_path to pack below: give PackedSegDataset(pack=...)"
        )
    name = images.strip("/").replace("/", "-")
    listed = config.get("ann_file")
    return Path(root) / "packed" / (f"{name}-{Path(listed).stem}" if listed else name)


@safe_files()
def build_source(config: dict[str, Any]) -> Any:
    """Build a data set without a pipeline; its labels are not checked, because packing reads them.

    Raises:
        ValueError: If it is empty.
    """
    config = {k: copy.deepcopy(v) for k, v in config.items() if k != "pipeline"}
    kind = config["type"]
    if issubclass(DATASETS.get(kind) if isinstance(kind, str) else kind, CheckedSegDataset):
        config["check_labels"] = False
    dataset = DATASETS.build({**config, "pipeline": [], "lazy_init": True})
    dataset.full_init()
    if not len(dataset):
        raise ValueError(f"{config.get('data_root')} holds no entries: correct data_prefix or ann_file")
    return dataset


def loading(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the loading transforms of a pipeline, image first.

    Raises:
        ValueError: If none loads an image, or two load the same part.
    """
    found = {t["type"]: t for t in config.get("pipeline", ()) if t["type"] in LOADERS}
    parts = [LOADERS[name] for name in found]
    if sorted(parts) not in (["image"], ["image", "labels"]):
        raise ValueError(f"a pipeline to pack needs one of {', '.join(LOADERS)} each for image and labels")
    return sorted(found.values(), key=lambda t: LOADERS[t["type"]])


def reading_of(source: Any) -> dict[str, Any]:
    """Return how the entries of a data set say that files are read: class ids, colours, label maps."""
    entry = source.get_data_info(0)
    return {k: v for k, v in entry.items() if k not in ("img_path", "seg_map_path", "sample_idx")}


def reading_digest(config: dict[str, Any], source: Any) -> str:
    """Hash the settings for reading files: loading transforms, class ids, colours."""
    text = json.dumps([loading(config), reading_of(source)], sort_keys=True, default=repr)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def digests_of(source: Any, root: str | None) -> np.ndarray:
    """Hash names, sizes and times of each entry's files, (N,) uint64, without reading them."""
    digests = np.empty(len(source), np.uint64)
    for i in range(len(source)):
        entry, facts = source.get_data_info(i), []
        for path in filter(None, (entry["img_path"], entry.get("seg_map_path"))):
            stat = os.stat(path)
            facts.append((os.path.relpath(path, root or "."), stat.st_size, stat.st_mtime_ns))
        digest = hashlib.blake2b(repr(facts).encode(), digest_size=8).digest()
        digests[i] = int.from_bytes(digest, "little")
    return digests


def current_pack(folder: Path, config: dict[str, Any], source: Any) -> PackReader:
    """Open the pack of a data set.

    Args:
        folder: Folder of the pack.
        config: The data set's config.
        source: The data set, as `build_source` returns it.

    Raises:
        FileNotFoundError: If there is no pack.
        ValueError: If it is damaged, or the data set has changed; both messages say how to pack again.
    """
    try:
        pack = PackReader(folder)
    except (FileNotFoundError, ValueError) as error:
        raise type(error)(f"{error}: run `{tool_command('prepare_dataset', 'pack', 'CONFIG')}`") from None
    again = f"pack it again with `{tool_command('prepare_dataset', 'pack', pack.about['config'])}`"
    if len(pack) != len(source):
        raise ValueError(f"{folder} holds {len(pack)} entries, the data set now has {len(source)}: {again}")
    if pack.about["recipe"] != reading_digest(config, source):
        raise ValueError(f"{folder} was packed with other loading transforms or classes: {again}")
    changed = np.flatnonzero(pack.digests != digests_of(source, config.get("data_root")))
    if len(changed):
        first = source.get_data_info(int(changed[0]))
        raise ValueError(
            f"{len(changed)} of {len(source)} entries have changed since {folder} was packed; the first is "
            f"{first['img_path']} with {first.get('seg_map_path', 'no label')}: {again}"
        )
    return pack


def decoded(load: Compose, source: Any, jobs: int) -> Iterator[dict[str, Any]]:
    """Load entries in order with threads, but only a few more than have been written."""
    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[Future] = deque()
        try:
            for i in range(len(source)):
                waiting.append(pool.submit(load, source.get_data_info(i)))
                if len(waiting) > AHEAD * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def pack_dataset(
    config: dict[str, Any], folder: Path, config_name: str = "CONFIG", jobs: int = 1, verify: bool = False
) -> tuple[PackReader, bool]:
    """Pack a data set, unless this has been done.

    Args:
        config: The data set's config.
        folder: Folder of the pack.
        config_name: File name of the config, for messages.
        jobs: Number of threads.
        verify: Whether to check the checksums of an existing pack.

    Returns:
        The pack, and whether it was made by this call.

    Raises:
        OSError: If it cannot be written; the folder then does not count as a pack.
        ValueError: If an image or label is faulty, or the data set changes during packing.
    """
    source, load, root = build_source(config), Compose(loading(config)), config.get("data_root")
    try:
        pack = current_pack(folder, config, source)
        if not verify or all(pack.is_whole(i) for i in track(range(len(pack)), "verifying", len(pack))):
            return pack, False
    except (FileNotFoundError, ValueError):
        pass
    before = digests_of(source, root)
    with PackWriter(folder) as writer:
        for results in track(decoded(load, source, jobs), "packing", len(source)):
            writer.add(results["img"], results.get("gt_seg_map"))
        if (before != digests_of(source, root)).any():
            raise ValueError(f"files of {root} changed while they were packed: pack them again")
        writer.finish(before, dict(config=config_name, recipe=reading_digest(config, source)))
    return PackReader(folder), True


def pack_split(
    cfg: Config, split: str, config_name: str, jobs: int = 1, verify: bool = False
) -> tuple[PackReader, bool]:
    """Pack the data set of one of a config's loaders; see `pack_dataset`.

    Args:
        cfg: A config; its data set may already be a `PackedSegDataset`. Of labelled and unlabelled images the
            labelled ones are packed.
        split: "train", "val" or "test".
        config_name: File name of the config, for messages.
        jobs: Number of threads.
        verify: Whether to check the checksums of an existing pack.

    Raises:
        ValueError: If the config has no such loader.
    """
    loader = cfg.get(f"{split}_dataloader")
    if not loader or "dataset" not in loader:
        raise ValueError(f"{config_name} has no {split}_dataloader with a dataset: correct --splits")
    dataset, folder = labelled_source(loader["dataset"].to_dict())[0], None
    if dataset["type"] == "PackedSegDataset":
        dataset, folder = dataset["dataset"], dataset.get("pack")
    folder = Path(folder) if folder else default_folder(dataset)
    return pack_dataset(dataset, folder, config_name, jobs, verify)
