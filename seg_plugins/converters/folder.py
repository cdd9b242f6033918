"""Makes a folder of images and masks, or of polygons, ready: splits, figures and a config that trains."""

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import splitext
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.datasets.splits import assign_shares, group_names, write_folds, write_lists
from seg_plugins.datasets.statistics import median_frequency_weights
from seg_plugins.files.atomic import write_bytes
from seg_plugins.progress import track

from .annotations.class_names import class_ids
from .annotations.drawing import draw_files
from .annotations.image_index import ImageIndex
from .converter import SourceError
from .folder_config import FolderFacts, config_path, render_config
from .mask_guess import guess_code, made_up_names
from .mask_pairs import own_images, pair_masks
from .measuring import measure
from .pairing import read_foreground
from .writing import encode_png

__all__ = ["SplitRule", "divide", "merge_class_masks", "prepare_folder"]


USUALLY_IGNORED = (255,)


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

    def require_parts(self) -> None:
        """Raises SourceError unless both parts can get images."""
        if self.folds in (1,) or self.folds < 0:
            raise SourceError(f"--folds {self.folds}: give 2 or more")
        if not self.folds and not 0 < self.val < 1:
            raise SourceError(f"--val {self.val:g} is a share of the images: give a number between 0 and 1")


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
    rule.require_parts()
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
    names = own_images(args.images, (args.masks, args.class_masks, out))
    if args.masks:
        if not args.values:
            return args.masks, names, None, []
        classes = args.classes or made_up_names(len(args.values))
        ignored = USUALLY_IGNORED if args.ignored is None else args.ignored
        return args.masks, names, MaskCode.make(classes, args.values, ignored, args.nearest), []
    if args.values or args.ignored or args.mask_suffix or args.image_suffix or args.nearest:
        raise SourceError(
            "--values, --ignored, --nearest, --mask-suffix and --image-suffix are for --masks: leave them out"
        )
    if args.class_masks:
        classes = merge_class_masks(args.class_masks, names, out, args.classes)
        return out / "labels", names, MaskCode.make(classes, None, USUALLY_IGNORED), []
    index = ImageIndex(args.images, names)
    names, code, notes = draw_files(args.coco, args.labelme, args.classes, index, out)
    return out / "labels", names, code, notes


def unused_classes(classes: Sequence[str], pixels: np.ndarray) -> list[str]:
    """Says which classes no pixel has, as those that some tools export as the root of all others.

    Args:
        classes: K names.
        pixels: (N, K) pixels of every class in every image.
    """
    unused = [repr(name) for name, count in zip(classes, pixels.sum(axis=0), strict=True) if not count]
    return [f"no pixel is of {', '.join(unused)}: leave such out by --classes"] if unused else []


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
    if out.exists() and not out.is_dir():
        raise SourceError(f"{out} is a file: give another --out")
    out.mkdir(parents=True, exist_ok=True)
    masks, names, code, notes = find_masks(args, out)
    suffix = args.mask_suffix if args.masks else ".png"
    pairs = pair_masks(args.images, masks, names, suffix, args.image_suffix)
    stems = pairs.stems
    notes += pairs.notes
    if len(stems) < max(2, rule.folds):
        raise SourceError(
            f"{len(stems)} labelled images, such as {args.images / pairs.names[stems[0]]}, cannot be divided "
            f"into {max(2, rule.folds)} parts: label more{''.join(f'; {note}' for note in notes)}"
        )
    files = [masks / pairs.masks[stem] for stem in stems]
    if code is None:
        code, more = guess_code(files, args.classes, args.ignored, args.nearest)
        notes += more
    measured = measure([args.images / pairs.names[stem] for stem in stems], files, code)
    pixels = measured.pixels
    parts = divide(out / "splits", stems, pixels, rule)
    train = np.isin(stems, parts["train"])
    mean, std = measured.statistics(train)
    facts = FolderFacts(
        images=args.images,
        masks=masks,
        endings=pairs.endings,
        suffix=pairs.suffix,
        code=code,
        counts={split: len(members) for split, members in parts.items()},
        shares=(pixels.sum(axis=0) / max(pixels.sum(), 1)).tolist(),
        weights=median_frequency_weights(pixels[train]).tolist(),
        mean=mean,
        std=std,
        raw=measured.raw,
        size=measured.size,
        gaps=measured.missing > 0,
        notes=notes + measured.notes + unused_classes(code.classes, pixels),
    )
    text = render_config(facts, out, args.dataset_name, args.model, args.schedule, args.batch)
    write_bytes(config_path(out), text.encode())
    return facts
