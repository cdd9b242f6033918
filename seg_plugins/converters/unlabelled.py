"""Unlabelled images that a network learns from beside labelled ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import realpath, splitext
from pathlib import Path

from seg_plugins.files.file_names import names_by_stem, require_one_each
from seg_plugins.progress import track_map
from seg_plugins.transforms.load_seg_image import decode_image

from .converter import SourceError
from .faults import DAMAGED, Fault, FaultsError
from .mask_pairs import own_images
from .measuring import THREADS

__all__ = ["Unlabelled", "find_unlabelled"]


@dataclass(frozen=True)
class Unlabelled:
    """Unlabelled images.

    Attributes:
        folder: Their folder.
        stems: Their names below it, without ending.
        endings: Their endings.
        notes: What the user should know.
    """

    folder: Path
    stems: tuple[str, ...]
    endings: tuple[str, ...]
    notes: tuple[str, ...] = ()


def equal_files(paths: Sequence[Path], others: Sequence[Path]) -> dict[Path, Path]:
    """Return which files are equal, byte by byte, to one of the others."""
    by_size: dict[int, list[Path]] = {}
    for other in others:
        by_size.setdefault(other.stat().st_size, []).append(other)
    found = {}
    for path in paths:
        rivals = by_size.get(path.stat().st_size, [])
        content = path.read_bytes() if rivals else b""
        equal = [other for other in rivals if other.read_bytes() == content]
        found |= {path: equal[0]} if equal else {}
    return found


def channels_of(path: Path) -> int | Fault:
    """Return the number of channels of an image, or what is wrong with it."""
    try:
        image = decode_image(path.read_bytes(), path, "unchanged")
    except (OSError, ValueError) as error:
        return Fault(DAMAGED, str(error))
    return 1 if image.ndim == 2 else image.shape[2]


def require_whole(paths: Sequence[Path], channels: int | None) -> None:
    """Raise FaultsError naming the images that are damaged or have other channels than labelled ones.

    Args:
        paths: The images.
        channels: Of the labelled images, if these are loaded as they are; None takes grey and colour.
    """
    seen = list(track_map(channels_of, list(paths), "reading unlabelled images", THREADS))
    faults = [one for one in seen if isinstance(one, Fault)]
    if channels is not None:
        faults += [
            Fault(
                "other channels or depth",
                f"{path} has {n} channels, labelled images have {channels}: make them alike",
            )
            for path, n in zip(paths, seen, strict=True)
            if isinstance(n, int) and n != channels
        ]
    if faults:
        raise FaultsError(faults)


def find_unlabelled(
    folder: Path,
    train: Sequence[Path],
    val: Sequence[Path],
    masks: Sequence[Path] = (),
    folders: Sequence[Path | None] = (),
    channels: int | None = None,
) -> Unlabelled:
    """Find the images of a folder that have no label.

    Images that are labelled themselves are left out, and so are copies of training images.

    Args:
        folder: The folder; it may be that of the labelled images.
        train: Labelled images for training.
        val: Those for validation.
        masks: Masks, which may lie among the images.
        folders: Folders inside it that hold no images of this kind.
        channels: See `require_whole`.

    Raises:
        SourceError: There are none, or some are copies of validation images.
        FaultsError: Some cannot be read.
    """
    taken = {realpath(path) for path in (*train, *val, *masks)}
    names = own_images(folder, folders, "unlabelled images")
    free = [name for name in names if realpath(folder / name) not in taken]
    copies = equal_files([folder / name for name in free], [*val, *train])
    held_out = set(map(str, val))
    leaks = {path: other for path, other in copies.items() if str(other) in held_out}
    if leaks:
        path, other = next(iter(leaks.items()))
        raise SourceError(
            f"{len(leaks)} of {len(free)} unlabelled images are copies of validation images, such as {path} "
            f"of {other}: take them out of {folder}, so that the validation stays a fair one"
        )
    kept = [name for name in free if folder / name not in copies]
    if not kept:
        raise SourceError(
            f"--unlabelled {folder}: all of its {len(names)} images have a mask or are masks: name a folder "
            "of images without, or leave the option out"
        )
    require_whole([folder / name for name in kept], channels)
    endings = tuple(sorted({splitext(name)[1] for name in kept}))
    stems = sorted(require_one_each(names_by_stem(kept, endings), folder, "images"))
    left = len(names) - len(kept)
    notes = (f"{left} images of {folder} have a mask, or are masks: they are not among the unlabelled ones",)
    return Unlabelled(folder, tuple(stems), endings, notes if left else ())
