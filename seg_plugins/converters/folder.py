"""Preparation of a folder of images and masks, or of polygons: splits, figures and a config that trains."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seg_plugins.datasets.checked_seg_dataset import is_one_folder
from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.datasets.statistics import median_frequency_weights
from seg_plugins.files.atomic import write_bytes

from .annotations.drawing import draw_files
from .annotations.image_index import ImageIndex
from .class_masks import merge_class_masks
from .converter import SourceError
from .dividing import SplitRule, divide
from .faults import Fault, FaultsError, faults_path, forget_faults
from .folder_config import FolderFacts, config_path, render_config, require_bases
from .mask_guess import guess_code, made_up_names
from .mask_pairs import NO_MASKS, own_images, pair_masks
from .measuring import Looked, look_at_all, summed_up
from .resizing import write_resized
from .scale_rule import ScaleRule
from .semi_config import UNLABELLED_LIST, render_semi, semi_path
from .unlabelled import find_unlabelled

__all__ = ["prepare_folder"]


USUALLY_IGNORED = (255,)


@dataclass
class Masks:
    """The masks, and facts about them.

    Attributes:
        folder: Folder of the masks.
        names: Names of the images that may have one.
        code: The mask code, or None if it has to be determined.
        notes: Notes for the user.
        faults: Faults of files.
    """

    folder: Path
    names: list[str]
    code: MaskCode | None = None
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def find_masks(args: Any, out: Path, new: Path) -> Masks:
    """Find or make the masks.

    Args:
        args: Options `images`, `masks`, `class_masks`, `coco`, `labelme`, `classes`, `values`, `ignored`.
        out: Folder of the results; images in it are not the user's.
        new: Folder that masks are drawn to.

    Raises:
        SourceError: If there are no images, or an option does not belong to this kind of masks.
    """
    names = own_images(args.images, (args.masks, args.class_masks, args.unlabelled, out))
    if args.masks:
        if not args.values:
            return Masks(args.masks, names)
        classes = args.classes or made_up_names(len(args.values))
        ignored = USUALLY_IGNORED if args.ignored is None else args.ignored
        return Masks(args.masks, names, MaskCode.make(classes, args.values, ignored, args.nearest))
    if args.values or args.ignored or args.mask_suffix or args.image_suffix or args.nearest:
        raise SourceError(
            "--values, --ignored, --nearest, --mask-suffix and --image-suffix are for --masks: leave them out"
        )
    if args.class_masks:
        classes, kept, faults = merge_class_masks(
            args.images, args.class_masks, names, new, args.classes, args.resize_masks
        )
        code = MaskCode.make(classes, None, USUALLY_IGNORED)
        return Masks(new / "labels", kept, code, [], faults)
    index = ImageIndex(args.images, names)
    faults: list[Fault] = []
    names, code, notes = draw_files(args.coco, args.labelme, args.classes, index, new, faults)
    return Masks(new / "labels", names, code, notes, faults)


def unused_classes(classes: Sequence[str], pixels: np.ndarray) -> list[str]:
    """List the classes without pixels, such as the root class that some tools export.

    Args:
        classes: K names.
        pixels: (N, K) pixels of every class in every image.
    """
    unused = [repr(name) for name, count in zip(classes, pixels.sum(axis=0), strict=True) if not count]
    return [f"no pixel is of {', '.join(unused)}: leave such out by --classes"] if unused else []


@contextmanager
def written_at_the_end(out: Path) -> Iterator[Path]:
    """Make a folder for new files, which move to `out` at the end; after an error, `out` is as it was."""
    above = [path for path in (out, *out.parents) if not path.exists()]
    out.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=out))
    try:
        yield new
        for path in sorted(path for path in new.rglob("*") if path.is_file()):
            target = out / path.relative_to(new)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)
    except BaseException:
        shutil.rmtree(new)
        for folder in above:
            folder.rmdir()
        raise
    shutil.rmtree(new)


@dataclass
class Pairs:
    """Images with their masks, all of them usable.

    Attributes:
        masks: Folder of the masks.
        suffix: Replacement of an image's suffix in the name of its mask.
        endings: Suffixes of the images.
        names: Stem -> name of the image, in order.
        code: The mask code.
        seen: Properties of each pair.
        notes: Notes for the user.
    """

    masks: Path
    suffix: str | tuple[str, ...]
    endings: tuple[str, ...]
    names: dict[str, str]
    code: MaskCode
    seen: list[Looked]
    notes: list[str]


def read_pairs(args: Any, out: Path, new: Path) -> Pairs:
    """Find images and masks, and read all of them.

    Raises:
        FaultsError: If files have faults; it names all.
        SourceError: If the folder cannot be interpreted.
    """
    found = find_masks(args, out, new)
    faults = found.faults
    suffix = args.mask_suffix if args.masks else ".png"
    if not found.names and faults:
        raise FaultsError(faults)
    left_out = args.skip_unlabelled or (args.unlabelled and is_one_folder(args.unlabelled, args.images))
    pairs = pair_masks(args.images, found.folder, found.names, suffix, args.image_suffix, bool(left_out))
    faults += pairs.faults
    if left_out and not args.skip_unlabelled:  # they are learnt from
        pairs.notes = [note for note in pairs.notes if not note.startswith(NO_MASKS)]
    images = [args.images / pairs.names[stem] for stem in pairs.stems]
    masks = [found.folder / pairs.masks[stem] for stem in pairs.stems]
    code, notes, bad_masks, riddle = found.code, found.notes + pairs.notes, [], None
    if code is None:
        try:
            code, more = guess_code(masks, args.classes, args.ignored, args.nearest, bad_masks)
            notes += more
        except SourceError as error:
            riddle = error
    seen, bad = look_at_all(images, masks, code, args.resize_masks)
    faults += bad
    if riddle is not None and not faults:
        raise riddle
    if riddle is not None:
        faults.append(Fault("values of the masks", str(riddle)))
    if faults or code is None:
        raise FaultsError(faults)
    names = {stem: pairs.names[stem] for stem in pairs.stems}
    return Pairs(found.folder, pairs.suffix, pairs.endings, names, code, seen, notes)


def with_resized(args: Any, out: Path, new: Path, pairs: Pairs, count: int) -> Pairs:
    """Write the masks again in the sizes of their images, and use these."""
    stems = list(pairs.names)
    images = [one.image for one in pairs.seen]
    write_resized(images, [one.mask for one in pairs.seen], stems, pairs.code, new)
    pairs.notes.append(
        f"{count} of {len(stems)} masks had another size than their image: all are now in {out / 'labels'}, "
        "as class ids in the size of their images (nearest neighbour); of yours, "
        + ", ".join(" ".join(line.split()) for line in pairs.code.table().splitlines())
    )
    pairs.masks, pairs.suffix = new / "labels", ".png"
    pairs.code = MaskCode.make(pairs.code.classes, None, USUALLY_IGNORED)
    return pairs


def prepare_folder(args: Any, out: Path, rule: SplitRule) -> FolderFacts:
    """Prepare a folder: find the classes, measure, divide, and write lists and a config.

    Args:
        args: The command line; see `tools/prepare_dataset.py folder --help`.
        out: Folder of lists and config; images and masks are not moved. After an error, nothing new is left
            there.
        rule: The rule for dividing.

    Returns:
        Facts about the folder.

    Raises:
        FaultsError: If files have faults; it names all.
        SourceError: If the folder cannot be interpreted.
    """
    cv2.setNumThreads(1)
    if out.exists() and not out.is_dir():
        raise SourceError(f"{out} is a file: use another --out")
    require_bases(args.model, args.schedule)
    rule.require_parts()
    with written_at_the_end(out) as new:
        facts = gather(args, out, new, rule)
        text = render_config(facts, out, args.dataset_name, args.model, args.schedule, args.batch)
        write_bytes(new / config_path(out).name, text.encode())
        if facts.unlabelled:
            write_bytes(new / UNLABELLED_LIST, "".join(f"{s}\n" for s in facts.unlabelled.stems).encode())
            text = render_semi(facts, facts.unlabelled, out, args.dataset_name, args.schedule, args.batch)
            write_bytes(new / semi_path(out).name, text.encode())
    forget_faults(faults_path(out))
    return facts


def gather(args: Any, out: Path, new: Path, rule: SplitRule) -> FolderFacts:
    """Read everything, divide it, and write masks and lists to `new`, from where they move to `out`."""
    pairs = read_pairs(args, out, new)
    stems = list(pairs.names)
    if len(stems) < max(2, rule.folds):
        raise SourceError(
            f"{len(stems)} labelled images, such as {args.images / pairs.names[stems[0]]}, cannot be divided "
            f"into {max(2, rule.folds)} parts: label more{''.join(f'; {note}' for note in pairs.notes)}"
        )
    measured = summed_up(pairs.seen)
    if measured.resized:
        pairs = with_resized(args, out, new, pairs, measured.resized)
    pixels = measured.pixels
    parts = divide(new / "splits", stems, pixels, rule)
    train = np.isin(stems, parts["train"])
    mean, std = measured.statistics(train)
    unlabelled = None
    if args.unlabelled:
        images = np.array([one.image for one in pairs.seen])
        masks = [one.mask for one in pairs.seen]
        channels = len(mean) if measured.raw else None
        folders = (args.masks, args.class_masks, out)
        unlabelled = find_unlabelled(args.unlabelled, images[train], images[~train], masks, folders, channels)
    return FolderFacts(
        images=args.images,
        masks=out / "labels" if pairs.masks == new / "labels" else pairs.masks,
        endings=pairs.endings,
        suffix=pairs.suffix,
        code=pairs.code,
        counts={split: len(members) for split, members in parts.items()},
        shares=(pixels.sum(axis=0) / max(pixels.sum(), 1)).tolist(),
        weights=median_frequency_weights(pixels[train]).tolist(),
        mean=mean,
        std=std,
        raw=measured.raw,
        sizes=measured.sizes,
        scaling=ScaleRule.choose(measured.sizes, args.size, args.native, measured.raw or measured.placed),
        gaps=measured.missing > 0,
        notes=pairs.notes + measured.notes + unused_classes(pairs.code.classes, pixels),
        unlabelled=unlabelled,
    )
