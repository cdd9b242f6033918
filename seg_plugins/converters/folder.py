"""Makes a folder of images and masks, or of polygons, ready: splits, figures and a config that trains."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os.path import splitext
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seg_plugins.datasets.folder_seg_dataset import guess_mask_suffix, image_names
from seg_plugins.datasets.label_check import count_ids
from seg_plugins.datasets.mask_code import MaskCode, as_value, read_mask
from seg_plugins.datasets.splits import assign_shares, group_names, write_folds, write_lists
from seg_plugins.datasets.statistics import ChannelSums, median_frequency_weights
from seg_plugins.progress import track
from seg_plugins.transforms.load_seg_image import decode_image

from .annotations.class_names import class_ids
from .annotations.drawing import draw_files
from .annotations.image_index import ImageIndex
from .converter import SourceError
from .folder_config import FolderFacts, config_path, render_config
from .pairing import read_foreground
from .writing import encode_png, write_bytes

__all__ = ["SplitRule", "divide", "guess_code", "merge_class_masks", "prepare_folder"]

MOST_VALUES = 64
THREADS = 4


@dataclass(frozen=True)
class SplitRule:
    """How to divide the images.

    Attributes:
        val: Share of the validation images, 0..1.
        stratified: Whether every part gets its share of every class's pixels.
        groups: Regular expression for the group in a file name; a group is never divided.
        folds: Number of folds, or 0 for one split.
        seed: Seed.
    """

    val: float = 0.2
    stratified: bool = False
    groups: str | None = None
    folds: int = 0
    seed: int = 0


def divide(folder: Path, stems: Sequence[str], pixels: np.ndarray, rule: SplitRule) -> dict[str, list[str]]:
    """Divides images and writes the lists `train.txt` and `val.txt`; with folds, `0/train.txt` and so on too.

    Args:
        folder: Where to.
        stems: Names of the images without ending.
        pixels: (N, K) pixels of every class in every image.
        rule: How.

    Returns:
        Stems of "train" and "val"; with folds, those of fold 0.
    """
    shares = [1 / rule.folds] * rule.folds if rule.folds else [rule.val, 1 - rule.val]
    groups = group_names(stems, rule.groups) if rule.groups else None
    table = pixels if rule.stratified else np.ones((len(stems), 1))
    part = assign_shares(table, shares, groups, rule.seed)
    if rule.folds:
        write_folds(folder, stems, part)
    parts = {
        "train": [stem for stem, p in zip(stems, part, strict=True) if p != 0],
        "val": [stem for stem, p in zip(stems, part, strict=True) if p == 0],
    }
    write_lists(folder, parts)
    return parts


def merge_class_masks(
    masks: Path, images: Sequence[str], out: Path, wanted: Sequence[str] | None
) -> list[str]:
    """Merges one 0/255 mask per class, `<class>/<image>.png`, to class maps in `out/labels`.

    Args:
        masks: A folder with one folder per class.
        images: Names of the images.
        out: Where to.
        wanted: Names of the classes in order, or None for all.

    Returns:
        Names of the classes; where masks overlap, the last one counts.

    Raises:
        SourceError: If there is no class folder, an image has no mask at all, or masks differ in size.
    """
    folders = sorted(p.name for p in masks.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not folders:
        raise SourceError(f"{masks} holds no folder per class")
    classes, ids, rest = class_ids(folders, wanted, masks)
    order = sorted(set(folders) & set(ids), key=lambda folder: ids[folder])
    for name in track(images, "merging", len(images)):
        stem, labels = splitext(name)[0], None
        for folder in order:
            path = masks / folder / f"{stem}.png"
            if path.is_file():
                mask = read_foreground(path)
                labels = np.full(mask.shape, rest, np.uint8) if labels is None else labels
                if labels.shape != mask.shape:
                    raise SourceError(
                        f"mask {path} is {mask.shape}, another of its image {labels.shape} (HxW)"
                    )
                labels[mask > 0] = ids[folder]
        if labels is None:
            raise SourceError(f"image {name} has a mask in none of {[str(masks / c) for c in order]}")
        path = out / "labels" / f"{stem}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, encode_png(labels))
    return classes


def guess_code(masks: Sequence[Path], classes: Sequence[str] | None, ignored: Sequence[Any]) -> MaskCode:
    """Finds the values of masks and gives them to the classes in rising order; colours have none.

    Args:
        masks: The files.
        classes: Names of the classes, or None to make some up.
        ignored: Values that are not counted.

    Raises:
        SourceError: If there are more values than can be classes, not as many as class names, or colours
            to match with class names.
    """
    found: set[tuple[int, ...]] = set()
    for path in track(masks, "reading masks", len(masks)):
        mask = read_mask(path.read_bytes(), path, colours=True)
        flat = mask.reshape(-1, 3 if mask.ndim == 3 else 1)
        found |= set(map(tuple, np.unique(flat, axis=0).tolist()))
        if len(found) > MOST_VALUES:
            raise SourceError(
                f"the masks up to {path} hold over {MOST_VALUES} values: give --classes and --values"
            )
    if any(len(v) == 3 for v in found):
        found = {v if len(v) == 3 else v * 3 for v in found}
    skipped = set(map(as_value, ignored)) if found != {(0,), (255,)} else set()
    values = sorted(found - skipped)
    names = classes or (
        ["background", "foreground"] if len(values) == 2 else [f"class_{i}" for i in range(len(values))]
    )
    if len(names) != len(values):
        raise SourceError(
            f"there are {len(names)} classes, but the masks hold {len(values)} values: {values}"
        )
    if classes and any(len(set(value)) > 1 for value in values):
        colours = " ".join('"#{:02x}{:02x}{:02x}"'.format(*value) for value in values)
        raise SourceError(
            f"the masks hold the colours {colours}: give them as --values, in the order of --classes"
        )
    return MaskCode.make(names, values, ignored)


def measure(
    images: Sequence[Path], masks: Sequence[Path], code: MaskCode
) -> tuple[np.ndarray, list[ChannelSums], bool, tuple[int, int]]:
    """Reads everything once.

    Returns:
        Pixels per class (N, K), channel sums of every image, whether images must be loaded as they are,
        and the smallest height and width.

    Raises:
        ValueError: If a file is faulty, sizes differ, or the number of channels does.
    """

    def look(pair: tuple[Path, Path]) -> tuple[np.ndarray, np.ndarray]:
        image = decode_image(pair[0].read_bytes(), pair[0], "unchanged")
        mask = code.decode(read_mask(pair[1].read_bytes(), pair[1], code.colours), pair[1])
        if image.shape[:2] != mask.shape:
            raise ValueError(
                f"label {pair[1]} is {mask.shape}, its image {pair[0]} is {image.shape[:2]} (HxW)"
            )
        return image if image.ndim == 3 else image[..., None], count_ids(mask)[: len(code.classes)]

    pixels, sums, kinds, sizes = [], [], set(), []
    with ThreadPoolExecutor(THREADS) as pool:
        for image, counts in track(pool.map(look, zip(images, masks, strict=True)), "measuring", len(images)):
            kinds.add((image.shape[2], image.dtype.name))
            sums.append(ChannelSums(image.shape[2]))
            sums[-1].add(image)
            pixels.append(counts)
            sizes.append(image.shape[:2])
    raw = not kinds <= {(1, "uint8"), (3, "uint8"), (4, "uint8")}
    if raw and len(kinds) > 1:
        raise ValueError(f"images differ in channels and depth: {sorted(kinds)}; make them alike")
    height, width = np.min(sizes, axis=0)
    return np.array(pixels), sums, raw, (int(height), int(width))


def combine(sums: Sequence[ChannelSums], raw: bool) -> tuple[list[float], list[float]]:
    """Adds up channel sums; 8-bit images become red, green, blue."""
    total = ChannelSums(len(sums[0].total) if raw else 3)
    for one in sums:
        colour = [0, 0, 0] if len(one.total) == 1 else [2, 1, 0]
        order = list(range(len(one.total))) if raw and len(one.total) != 3 else colour
        total.count += one.count
        total.total += one.total[order]
        total.squares += one.squares[order]
    mean, std = total.result()
    return mean.tolist(), std.tolist()


def find_masks(args: Any, out: Path) -> tuple[Path, list[str], MaskCode | None, list[str]]:
    """Finds or makes the masks.

    Args:
        args: Options `images`, `masks`, `class_masks`, `coco`, `labelme`, `classes`, `values`, `ignored`.
        out: Where drawn masks go.

    Returns:
        Folder of the masks, names of the images that have one, the code if it is already known, and what
        the user should know.

    Raises:
        SourceError: If there are no images, or an option does not belong to this kind of masks.
    """
    names = image_names(args.images)
    if not names:
        raise SourceError(f"{args.images} holds no images")
    if args.masks:
        code = (
            MaskCode.make(args.classes, args.values, args.ignored) if args.classes and args.values else None
        )
        return args.masks, names, code, []
    if args.values or args.ignored != ["255"]:
        raise SourceError("--values and --ignored say what the numbers in --masks mean: leave them out here")
    if args.class_masks:
        classes = merge_class_masks(args.class_masks, names, out, args.classes)
        return out / "labels", names, MaskCode.make(classes, None, args.ignored), []
    index = ImageIndex(args.images, names)
    names, code, notes = draw_files(args.coco, args.labelme, args.classes, index, out)
    return out / "labels", names, code, notes


def prepare_folder(args: Any, out: Path, rule: SplitRule) -> FolderFacts:
    """Prepares a folder: finds the classes, measures, divides, and writes lists and a config.

    Args:
        args: The command line, see `tools/prepare_dataset.py folder --help`.
        out: Where to; images and masks stay where they are.
        rule: How to divide.

    Returns:
        What was found out.

    Raises:
        SourceError: If the folder is not understood.
        ValueError: If a file is faulty.
    """
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    masks, names, code, notes = find_masks(args, out)
    suffix = guess_mask_suffix(names, image_names(masks))
    if len(names) < max(2, rule.folds):
        raise SourceError(
            f"{len(names)} labelled images, such as {args.images / names[0]}, cannot be divided into "
            f"{max(2, rule.folds)} parts: label more{''.join(f'; {note}' for note in notes)}"
        )
    stems = [splitext(name)[0] for name in names]
    files = [masks / (stem + suffix) for stem in stems]
    lost = [path for path in files if not path.is_file()]
    if lost:
        raise SourceError(f"{len(lost)} of {len(names)} images have no mask, such as {lost[0]}")
    code = code or guess_code(files, args.classes, args.ignored)
    pixels, sums, raw, size = measure([Path(args.images) / name for name in names], files, code)
    parts = divide(out / "splits", stems, pixels, rule)
    train = np.isin(stems, parts["train"])
    mean, std = combine([s for s, t in zip(sums, train, strict=True) if t], raw)
    facts = FolderFacts(
        images=Path(args.images),
        masks=masks,
        suffix=suffix,
        code=code,
        counts={split: len(members) for split, members in parts.items()},
        shares=(pixels.sum(axis=0) / max(pixels.sum(), 1)).tolist(),
        weights=median_frequency_weights(pixels[train]).tolist(),
        mean=mean,
        std=std,
        raw=raw,
        size=size,
        notes=notes,
    )
    text = render_config(facts, out, args.dataset_name, args.model, args.schedule, args.batch)
    write_bytes(config_path(out), text.encode())
    return facts
