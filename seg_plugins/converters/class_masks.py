"""Merging of one mask per class into maps of class ids."""

from collections.abc import Sequence
from os.path import splitext
from pathlib import Path

import numpy as np

from seg_plugins.files.atomic import write_bytes
from seg_plugins.files.file_names import files_below, names_by_stem, require_one_each
from seg_plugins.files.picture_pixels import picture_size
from seg_plugins.progress import track

from .annotations.class_names import class_ids
from .converter import SourceError
from .faults import DAMAGED, NO_MASK, Fault
from .pairing import read_foreground
from .resizing import size_fault
from .writing import encode_png

__all__ = ["merge_class_masks"]


def merge_class_masks(
    images: Path,
    masks: Path,
    names: Sequence[str],
    out: Path,
    wanted: Sequence[str] | None = None,
    resize: bool = False,
) -> tuple[list[str], list[str], list[Fault]]:
    """Merge one 0/255 mask per class, `<class>/<image>.png`, to class maps in `out/labels`.

    Args:
        images: Folder of the images.
        masks: A folder with one folder per class.
        names: Names of the images.
        out: Folder of the results.
        wanted: Names of the classes in order, or None for all.
        resize: Whether masks of another size than their image are resized.

    Returns:
        Names of the classes, of which the last one wins if masks overlap; the images that have a mask;
        and the faults of files.

    Raises:
        SourceError: If there is no class folder.
    """
    if not masks.is_dir():
        raise SourceError(f"folder {masks} of the masks does not exist")
    folders = sorted(p.name for p in masks.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not folders:
        raise SourceError(f"{masks} holds no folder per class")
    classes, ids, rest = class_ids(folders, wanted, masks)
    order = sorted(set(folders) & set(ids), key=lambda folder: ids[folder])
    files = {folder: masks_by_stem(masks / folder) for folder in order}
    kept, faults = [], []
    for name in track(names, "merging", len(names)):
        stem = splitext(name)[0]
        own = {ids[folder]: files[folder][stem] for folder in order if stem in files[folder]}
        if not own:
            faults.append(Fault(NO_MASK, f"image {images / name} has a mask in none of {', '.join(order)}"))
            continue
        try:
            labels, wrong = merged(images / name, own, rest, resize)
        except (OSError, ValueError) as error:
            labels, wrong = None, Fault(DAMAGED, str(error))
        if wrong is not None or labels is None:
            faults += [wrong] if wrong else []
            continue
        path = out / "labels" / f"{stem}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, encode_png(labels))
        kept.append(name)
    return classes, kept, faults


def masks_by_stem(folder: Path) -> dict[str, Path]:
    """Return the mask of each image in the folder of a class, for any suffix."""
    names = files_below(folder)
    found = names_by_stem(names, sorted({splitext(name)[1].lower() for name in names}))
    return {stem: folder / name for stem, name in require_one_each(found, folder, "masks").items()}


def merged(
    image: Path, masks: dict[int, Path], rest: int, resize: bool
) -> tuple[np.ndarray | None, Fault | None]:
    """Merge the masks of one image.

    Args:
        image: The image file.
        masks: Class id -> file, in the order of overlap; later ones win.
        rest: Id of pixels that no mask covers.
        resize: Whether masks of another size are resized.

    Returns:
        (H, W) uint8 and None, or None and the fault.
    """
    size = picture_size(image)
    labels = np.full(size, rest, np.uint8)
    for class_id, path in masks.items():
        mask = read_foreground(path)
        mask, fault = size_fault(mask, path, size, image, resize)
        if fault is not None:
            return None, fault
        labels[mask > 0] = class_id
    return labels, None
