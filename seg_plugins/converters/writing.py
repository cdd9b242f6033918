"""Writing of a prepared data set such that an interrupted run never looks finished.

Every file is written under a temporary name and then renamed. `preparing.json` holds the recipe during the
work. `prepared.json`, written last, states that the data set is complete.
"""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.datasets.checked_seg_dataset import MANIFEST
from seg_plugins.datasets.label_check import (
    IdRule,
    count_ids,
    describe_bad_ids,
    fingerprint,
    folder_fingerprint,
)
from seg_plugins.files.atomic import unfinished_files, write_bytes
from seg_plugins.files.image_bytes import require_complete
from seg_plugins.progress import track

from .converter import Converter, Entry, Sample, SourceError

__all__ = ["finished_record", "prepare", "recipe_of"]

MARKER = "preparing.json"
FOLDERS = ("images", "labels", "instances")


def encode_png(array: np.ndarray) -> bytes:
    """Return the array as a PNG file."""
    done, data = cv2.imencode(".png", array)
    assert done
    return data.tobytes()


def write_sample(entry: Entry, out: Path, num_classes: int, keep: bool) -> tuple[str, np.ndarray]:
    """Make one entry, and write its files.

    Args:
        entry: The entry to make.
        out: Root of the prepared data set.
        num_classes: Number of classes, to check the ids.
        keep: Whether to keep an entry whose files all exist.

    Returns:
        The entry's note, and (256,) pixels per id.

    Raises:
        ValueError: If the labels do not fit the image or hold an id that is not a class.
    """
    image_folder, label_folder, instance_folder = (out / f / entry.split for f in FOLDERS)
    marker = label_folder / f".{entry.stem}.done"
    if keep and marker.exists():
        note, counts = json.loads(marker.read_text())
        return note, np.asarray(counts, np.int64)
    sample = entry.make()
    counts = np.zeros(256, np.int64)
    if sample.labels is not None:
        counts = count_ids(sample.labels)
        fault = describe_bad_ids(f"of {entry.split}/{entry.stem}", counts, IdRule(num_classes))
        if fault:
            raise ValueError(f"{fault} (source: {', '.join(map(str, entry.source))})")
        write_bytes(label_folder / f"{entry.stem}.png", encode_png(sample.labels))
    if sample.instances is not None:
        instance_folder.mkdir(parents=True, exist_ok=True)
        write_bytes(instance_folder / f"{entry.stem}.png", encode_png(sample.instances))
    write_image(sample, image_folder, entry.stem)
    write_bytes(marker, json.dumps([sample.note, counts.tolist()]).encode())
    return sample.note, counts


def write_image(sample: Sample, folder: Path, stem: str) -> None:
    """Copy or encode the image of a sample."""
    if isinstance(sample.image, Path):
        suffix = ".png" if sample.image.suffix.lower() == ".png" else ".jpg"
        data = sample.image.read_bytes()
        require_complete(data, sample.image)
        write_bytes(folder / (stem + suffix), data)
    else:
        write_bytes(folder / f"{stem}.png", encode_png(sample.image))


def recipe_of(converter: Converter, entries: Sequence[Entry], options: object = None) -> str:
    """Hash the recipe: entries, their source files and the options."""
    digest = hashlib.sha1(usedforsecurity=False)
    digest.update(json.dumps([converter.name, converter.num_classes, options]).encode())
    for entry in entries:
        digest.update(f"{entry.split}/{entry.stem} {fingerprint(entry.source)}\n".encode())
    return digest.hexdigest()


def read_json(path: Path) -> dict:
    """Return the content of a JSON file, or {} if it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def verify_counts(converter: Converter, entries: Sequence[Entry], partial_source: bool) -> Counter[str]:
    """Count the entries per split, and compare with the published figures.

    Raises:
        SourceError: If a split is missing or its count is wrong.
    """
    counts = Counter(entry.split for entry in entries)
    missing = [split for split in converter.required if not counts[split]]
    if missing:
        raise SourceError(f"{converter.name}: the source holds no {' and no '.join(missing)} images")
    wrong = [
        f"{split} has {counts[split]} images, published are {published}"
        for split, published in converter.counts.items()
        if counts[split] not in (0, published)
    ]
    if wrong and not partial_source:
        raise SourceError(
            f"{converter.name}: {'; '.join(wrong)}. Fetch the source again, or pass --partial "
            "to use the present files"
        )
    names = Counter((entry.split, entry.stem) for entry in entries)
    double = [f"{split}/{stem}" for (split, stem), n in names.items() if n > 1]
    if double:
        raise SourceError(f"{converter.name}: two images would be named {double[0]}")
    return counts


def finished_record(out: Path, recipe: str) -> dict:
    """Return the record of a finished run of this recipe whose files are unchanged, otherwise {}."""
    record = read_json(out / MANIFEST)
    if record.get("recipe") != recipe:
        return {}
    try:
        now = {folder: folder_fingerprint(out / folder) for folder in record["files"]}
    except OSError:
        return {}
    return record | {"fresh": False} if record["files"] == now else {}


def begin(out: Path, recipe: str) -> bool:
    """Prepare the folder for writing.

    Returns:
        Whether existing entries come from the same recipe and may be kept.

    Raises:
        SourceError: If the folder holds something that this tool did not write.
    """
    if out.exists() and not out.is_dir():
        raise SourceError(f"{out} is a file: use another --out")
    known = any((out / name).exists() for name in (MANIFEST, MARKER))
    if out.exists() and any(out.iterdir()) and not known:
        raise SourceError(
            f"{out} is not empty and was not written by this tool: use another --out, or clear it"
        )
    keep = read_json(out / MARKER).get("recipe") == recipe
    if not keep:
        for folder in FOLDERS:
            shutil.rmtree(out / folder, ignore_errors=True)
    for left in unfinished_files(out):  # left by a killed run
        left.unlink()
    out.mkdir(parents=True, exist_ok=True)
    write_bytes(out / MARKER, json.dumps({"recipe": recipe}).encode())
    (out / MANIFEST).unlink(missing_ok=True)
    return keep


def run_all(
    entries: Sequence[Entry], work: partial, jobs: int, title: str
) -> Iterator[tuple[str, np.ndarray]]:
    """Run `work` on every entry, in processes if `jobs` > 1, and yield the results in order."""
    if jobs == 1:
        yield from track(map(work, entries), title, len(entries))
        return
    pool = ProcessPoolExecutor(jobs, initializer=cv2.setNumThreads, initargs=(1,))
    try:
        yield from track(pool.map(work, entries, chunksize=4), title, len(entries))
    finally:
        pool.shutdown(cancel_futures=True)


def prepare(
    converter: Converter,
    entries: Sequence[Entry],
    out: Path,
    jobs: int = 1,
    partial_source: bool = False,
    recipe: str = "",
) -> dict:
    """Write the entries as a prepared data set; an interrupted run continues where it stopped.

    Args:
        converter: The data set.
        entries: The entries to write.
        out: Root of the prepared data set.
        jobs: Number of processes.
        partial_source: Whether counts other than the published ones are accepted.
        recipe: Hash of everything that the result depends on; by default of the entries' source files.

    Returns:
        The record that was written to `prepared.json`: name, counts per split, pixels per class, notes.

    Raises:
        SourceError: If the counts are wrong or the folder belongs to something else.
        ValueError: If labels are faulty.
    """
    counts = verify_counts(converter, entries, partial_source)
    recipe = recipe or recipe_of(converter, entries)
    finished = finished_record(out, recipe)
    if finished:
        return finished
    keep = begin(out, recipe)
    for split in counts:
        for folder in FOLDERS[:2]:
            (out / folder / split).mkdir(parents=True, exist_ok=True)
    work = partial(write_sample, out=out, num_classes=converter.num_classes, keep=keep)
    pixels: dict[str, np.ndarray] = {split: np.zeros(256, np.int64) for split in counts}
    notes: Counter[str] = Counter()
    for entry, (note, ids) in zip(entries, run_all(entries, work, jobs, converter.name), strict=True):
        pixels[entry.split] += ids
        if note:
            notes[note] += 1
    return finish(converter, out, recipe, counts, pixels, notes)


def finish(
    converter: Converter,
    out: Path,
    recipe: str,
    counts: Counter[str],
    pixels: dict[str, np.ndarray],
    notes: Counter[str],
) -> dict:
    """Check that every file exists, write `prepared.json` and remove the temporary marks."""
    for mark in out.glob("labels/*/.*.done"):
        mark.unlink()
    files = {}
    for split, count in counts.items():
        for folder in FOLDERS:
            place = out / folder / split
            present = sum(e.is_file() for e in os.scandir(place)) if place.is_dir() else 0
            if folder == "labels" and not present:
                place.rmdir()  # a test split without labels
                continue
            if present not in (count, 0) or (folder == "images" and not present):
                raise OSError(f"{place} holds {present} files instead of {count}: clear {out} and run again")
            if present:
                files[f"{folder}/{split}"] = folder_fingerprint(place)
    ignored = {split: int(ids[255]) for split, ids in pixels.items()}
    record = dict(
        name=converter.name,
        recipe=recipe,
        num_classes=converter.num_classes,
        images=dict(counts),
        class_pixels={s: ids[: converter.num_classes].tolist() for s, ids in pixels.items()},
        ignored_pixels=ignored,
        notes=dict(notes),
        files=files,
        labels={folder: digest for folder, digest in files.items() if folder.startswith("labels/")},
    )
    write_bytes(out / MANIFEST, json.dumps(record, indent=1).encode())
    (out / MARKER).unlink(missing_ok=True)
    return record | {"fresh": True}
