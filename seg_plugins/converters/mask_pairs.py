"""Finds the images of a folder and the mask of each, also where both lie in one folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from os.path import commonpath, realpath, splitext
from pathlib import Path

from seg_plugins.datasets.checked_seg_dataset import is_one_folder, without
from seg_plugins.datasets.folder_seg_dataset import guess_suffixes
from seg_plugins.files.file_names import (
    IMAGE_SUFFIXES,
    files_below,
    name_key,
    names_by_stem,
    require_one_each,
)

from .converter import SourceError

__all__ = ["MaskPairs", "own_images", "pair_masks"]


@dataclass
class MaskPairs:
    """Images and their masks.

    Attributes:
        suffix: What replaces an image's ending in its mask's name.
        names: Stem -> name of the image.
        masks: Stem -> name of the mask.
        endings: Suffixes of the images.
        notes: What the user should know.
    """

    suffix: str
    names: dict[str, str]
    masks: dict[str, str]
    endings: tuple[str, ...]
    notes: list[str] = field(default_factory=list)

    @property
    def stems(self) -> list[str]:
        """The stems in order."""
        return sorted(self.names)


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a folder lies in another and is not the same."""
    inner, outer = realpath(path), realpath(folder)
    return inner != outer and commonpath([inner, outer]) == outer


def own_images(images: Path, others: Sequence[Path | None]) -> list[str]:
    """Returns the image files of a folder, without those in other folders inside it, such as the masks'.

    Raises:
        SourceError: If the folder does not exist or holds none.
    """
    if not images.is_dir():
        raise SourceError(
            f"folder {images} of the images {'is a file' if images.exists() else 'does not exist'}"
        )
    left_out = [realpath(path) for path in others if path is not None and is_inside(path, images)]
    names = [
        name
        for name in files_below(images)
        if not any(realpath(images / name).startswith(f"{folder}/") for folder in left_out)
    ]
    if not names:
        raise SourceError(f"{images} holds no images: no file ends in {', '.join(IMAGE_SUFFIXES)}")
    return names


def pair_masks(
    images: Path,
    masks: Path,
    names: Sequence[str],
    suffix: str | None = None,
    image_suffix: str | None = None,
) -> MaskPairs:
    """Pairs images with their masks.

    Args:
        images: Folder of the images.
        masks: Folder of the masks; it may be the same.
        names: Names of the images, relative to their folder. Where both folders are one, those that are masks
            of others are left out.
        suffix: What replaces an image's ending in its mask's name; by default it is found out.
        image_suffix: Suffix of the images; by default it is found out.

    Raises:
        SourceError: If a folder or mask is missing.
        ValueError: If two images or masks share a name, or several masks could be meant.
    """
    if not masks.is_dir():
        raise SourceError(f"folder {masks} of the masks does not exist")
    present, one_folder = files_below(masks), is_one_folder(images, masks)
    given = (image_suffix,) if image_suffix else None
    endings = given or tuple(sorted({splitext(name)[1].lower() for name in names}))
    if not suffix:
        endings, suffix = guess_suffixes(names, present, one_folder, given)
    found, own, notes = names_by_stem(present, (suffix,)), names_by_stem(names, endings), []
    if one_folder:
        own = without(own, found)
        second = [stem for stem in own if belongs_to_another(stem, found)]
        if second:
            notes.append(
                f"{len(second)} files, such as {own[second[0]][0]}, are named like another image and "
                "more: left out"
            )
        own = {stem: same for stem, same in own.items() if stem not in set(second)}
    images_of = require_one_each(own, images, "images")
    others = [name for name in names if not name_key(name).endswith(endings)]
    if others and not image_suffix and not one_folder:
        notes.append(f"{len(others)} images, such as {others[0]}, do not end in {endings[0]}: left out")
    lost = [stem for stem in images_of if stem not in found]
    if lost or not images_of:
        name = masks / f"{lost[0]}{suffix}" if lost else masks
        other = next((n for n in present if lost and splitext(name_key(n))[0] == lost[0]), None)
        hint = f"; {masks / other} ends otherwise: all masks must end in {suffix}" if other else ""
        raise SourceError(f"{len(lost)} of {len(images_of)} images have no mask, such as {name}{hint}")
    partners = require_one_each({stem: found[stem] for stem in images_of}, masks, "masks")
    used = {end for end in endings if any(name_key(name).endswith(end) for name in images_of.values())}
    return MaskPairs(suffix, images_of, partners, tuple(sorted(used)) if len(endings) > 1 else endings, notes)


def belongs_to_another(stem: str, found: dict[str, list[str]]) -> bool:
    """Whether an image without a mask is named like one with a mask and more, as a second mask is."""
    return stem not in found and any(stem[:end] in found for end in range(len(stem) - 1, 0, -1))
