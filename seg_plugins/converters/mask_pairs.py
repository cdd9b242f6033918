"""The images of a folder and the mask of each, even if both lie in one folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from os.path import commonpath, realpath, splitext
from pathlib import Path

from seg_plugins.datasets.checked_seg_dataset import is_one_folder, without
from seg_plugins.datasets.mask_suffixes import guess_suffixes
from seg_plugins.files.file_names import (
    IMAGE_SUFFIXES,
    files_below,
    name_key,
    names_by_stem,
)

from .converter import SourceError
from .faults import DOUBLE, NO_MASK, Fault, FaultsError

__all__ = ["NO_MASKS", "MaskPairs", "own_images", "pair_masks"]

NO_MASKS = "images without a mask"


@dataclass
class MaskPairs:
    """Images and their masks.

    Attributes:
        suffix: Replacement of an image's suffix in the name of its mask; several if masks differ in it.
        names: Stem -> name of the image.
        masks: Stem -> name of the mask.
        endings: Suffixes of the images.
        notes: Notes for the user.
        faults: Faults of files.
    """

    suffix: str | tuple[str, ...]
    names: dict[str, str]
    masks: dict[str, str]
    endings: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def stems(self) -> list[str]:
        """Stems, in order."""
        return sorted(self.names)


def is_inside(path: Path, folder: Path) -> bool:
    """Test whether a folder lies in another and is not the same."""
    inner, outer = realpath(path), realpath(folder)
    return inner != outer and commonpath([inner, outer]) == outer


def own_images(images: Path, others: Sequence[Path | None], what: str = "images") -> list[str]:
    """Return the image files of a folder, without those in other folders inside it, such as the masks'.

    Args:
        images: The folder.
        others: The other folders.
        what: What the images are, for messages.

    Raises:
        SourceError: If the folder does not exist or holds none.
    """
    if not images.is_dir():
        raise SourceError(
            f"folder {images} of the {what} {'is a file' if images.exists() else 'does not exist'}"
        )
    left_out = [realpath(path) for path in others if path is not None and is_inside(path, images)]
    names = [
        name
        for name in files_below(images)
        if not any(realpath(images / name).startswith(f"{folder}/") for folder in left_out)
    ]
    if not names:
        raise SourceError(f"{images} holds no {what}: no file ends in {', '.join(IMAGE_SUFFIXES)}")
    return names


def pair_masks(
    images: Path,
    masks: Path,
    names: Sequence[str],
    suffix: str | None = None,
    image_suffix: str | None = None,
    skip_unlabelled: bool = False,
) -> MaskPairs:
    """Pair images with their masks.

    Args:
        images: Folder of the images.
        masks: Folder of the masks; it may be the same.
        names: Names of the images, relative to their folder; masks among them are left out.
        suffix: Replacement of an image's suffix in the name of its mask; found by default.
        image_suffix: Suffix of the images; found by default.
        skip_unlabelled: Whether images without a mask are left out instead of being faults.

    Returns:
        Images with a mask; the others are in its faults, or in its notes with `skip_unlabelled`.

    Raises:
        FaultsError: If no image has a unique name.
        SourceError: If a folder is missing or no image has a mask.
        ValueError: If several masks are possible.
    """
    if not masks.is_dir():
        raise SourceError(f"folder {masks} of the masks does not exist")
    present, one_folder = files_below(masks), is_one_folder(images, masks)
    given = (image_suffix,) if image_suffix else None
    endings = given or tuple(sorted({splitext(name)[1].lower() for name in names}))
    if not suffix:
        endings, suffix = guess_suffixes(names, present, one_folder, given)
    suffixes = (suffix,) if isinstance(suffix, str) else suffix
    found, own, notes = names_by_stem(present, suffixes), names_by_stem(names, endings), []
    if one_folder:
        own, notes = without_seconds(without(own, found), found)
    strays = sorted(found.keys() - own.keys())
    if strays:
        notes.append(left_out("masks without an image", strays, masks / found[strays[0]][0]))
    images_of, faults = one_each(own, images, "images")
    others = [name for name in names if not name_key(name).endswith(endings)]
    if others and not image_suffix and not one_folder:
        notes.append(f"{len(others)} images, such as {others[0]}, do not end in {endings[0]}: left out")
    if faults and not images_of:
        raise FaultsError(faults)
    lost = [stem for stem in images_of if stem not in found]
    if len(lost) == len(images_of):
        name = masks / f"{lost[0]}{suffixes[0]}" if lost else masks
        raise SourceError(f"{len(lost)} of {len(images_of)} images have no mask, such as {name}")
    if skip_unlabelled and lost:
        notes.append(left_out(NO_MASKS, lost, images / images_of[lost[0]]))
    elif lost:
        by_stem = {splitext(name_key(name))[0]: name for name in present}
        faults += [no_mask(images / images_of[stem], masks, suffixes, by_stem.get(stem)) for stem in lost]
    partners, double = one_each({stem: found[stem] for stem in images_of if stem in found}, masks, "masks")
    whole = {stem: name for stem, name in images_of.items() if stem in partners}
    used = {end for end in endings if any(name_key(name).endswith(end) for name in whole.values())}
    endings = tuple(sorted(used)) if len(endings) > 1 else endings
    return MaskPairs(suffix, whole, partners, endings, notes, faults + double)


def without_seconds(
    own: dict[str, list[str]], found: dict[str, list[str]]
) -> tuple[dict[str, list[str]], list[str]]:
    """Leave out files whose names extend those of an image with a mask, and report them."""
    second = [stem for stem in own if belongs_to_another(stem, found)]
    if not second:
        return own, []
    note = f"{len(second)} files, such as {own[second[0]][0]}, extend the name of another image: left out"
    return {stem: same for stem, same in own.items() if stem not in set(second)}, [note]


def left_out(what: str, stems: Sequence[str], example: Path) -> str:
    """Report how many files of a kind are left out."""
    return f"{what}: {len(stems)}, such as {example}; left out"


def no_mask(image: Path, masks: Path, suffixes: tuple[str, ...], other: str | None) -> Fault:
    """Return the fault of an image without a mask, with the file that might have been meant."""
    hint = f"; {masks / other} has another suffix: masks end in {' or '.join(suffixes)}" if other else ""
    return Fault(NO_MASK, f"image {image} has no mask in {masks}{hint}")


def one_each(found: dict[str, list[str]], folder: Path, what: str) -> tuple[dict[str, str], list[Fault]]:
    """Return the file of each stem, and faults for stems with several files."""
    double = [names for names in found.values() if len(names) > 1]
    faults = [Fault(DOUBLE, f"{what} {' and '.join(names)} in {folder} share their name") for names in double]
    return {stem: names[0] for stem, names in found.items() if len(names) == 1}, faults


def belongs_to_another(stem: str, found: dict[str, list[str]]) -> bool:
    """Test whether the name of an image without a mask extends that of one with a mask."""
    return stem not in found and any(stem[:end] in found for end in range(len(stem) - 1, 0, -1))
