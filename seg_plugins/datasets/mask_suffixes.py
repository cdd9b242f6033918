"""Guess how the names of masks follow from those of their images."""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from seg_plugins.files.file_names import IMAGE_SUFFIXES, name_key, names_by_stem

__all__ = ["guess_mask_suffix", "guess_suffixes"]

MASK_WORDS = ("mask", "label", "gt", "seg", "anno", "truth")


class NoPairError(ValueError):
    """No mask has a name that matches an image."""


def guess_mask_suffix(
    images: Sequence[str], masks: Sequence[str], one_folder: bool = False
) -> str | tuple[str, ...]:
    """Guess what mask names add to the names of their images.

    Args:
        images: Names of the images, with suffix.
        masks: Names of the masks, with suffix.
        one_folder: Whether both lie in one folder, so that no image is its own mask.

    Returns:
        The suffix that gives the most images a mask, such as ".png" or "_mask.png". Of several, the shortest
        is chosen, preferably not of a JPEG. Several suffixes if masks differ in their ending and no image has
        two masks.

    Raises:
        ValueError: If no suffix gives any image a mask, or two fit equally well.

    >>> guess_mask_suffix(["a.jpg", "ab.jpg"], ["a_mask.png", "ab_mask.png"])
    '_mask.png'
    >>> guess_mask_suffix(["a.jpg", "b.jpg", "c.jpg"], ["a.png", "b.PNG", "c.tif"])
    ('.png', '.tif')
    """
    present = {name_key(name): name for name in masks}
    own = [name_key(name) for name in images]
    stems = [os.path.splitext(key)[0] for key in own]
    sample = list(zip(stems, own, strict=True))[:: max(1, len(stems) // 20)]
    tried = Counter(
        key[len(stem) :]
        for stem, image in sample
        for key in present
        if key.startswith(stem) and not (one_folder and key == image)
    )
    scored = []
    for suffix, _ in tried.most_common(50):
        pairs = sum(
            stem + suffix in present and not (one_folder and stem + suffix == key)
            for stem, key in zip(stems, own, strict=True)
        )
        scored.append((pairs, -len(suffix), not suffix.endswith((".jpg", ".jpeg")), suffix))
    scored.sort(reverse=True)
    if not scored or scored[0][0] == 0:
        raise NoPairError(
            f"no mask is named like an image: images are {list(images[:3])}, masks {list(masks[:3])}"
            f"{way_to_pair(stems, list(present))}"
        )
    best = [suffix for *score, suffix in scored if score == list(scored[0][:3])]
    several = other_endings(best[0], list(zip(stems, own, strict=True)), present, one_folder)
    if len(several) > 1:
        return several
    if len(best) > 1:
        ends = " and ".join(map(repr, best))
        raise ValueError(
            f"images have several masks each, which end in {ends}: set seg_map_suffix "
            "(--mask-suffix of prepare_dataset.py folder) to the one that is meant"
        )
    return best[0]


def other_endings(
    best: str, images: Sequence[tuple[str, str]], present: Mapping[str, str], one_folder: bool
) -> tuple[str, ...]:
    """Find the suffixes that differ from the best in their ending only and serve images that it does not.

    Args:
        best: The suffix that serves the most images.
        images: Stem and key of each image.
        present: Keys of the masks.
        one_folder: Whether both lie in one folder.

    Returns:
        The best alone if an image has masks of several, else all, sorted.
    """
    root = os.path.splitext("x" + best)[0][1:]
    if one_folder and not root:  # an image of another ending is no mask
        return (best,)
    alike = [root + ending for ending in IMAGE_SUFFIXES]
    used = [[end for end in alike if stem + end in present] for stem, _ in images]
    if any(len(ends) > 1 for ends in used):
        return (best,)
    return tuple(sorted({best, *(end for ends in used for end in ends)}))


def way_to_pair(stems: Sequence[str], masks: Sequence[str]) -> str:
    """Say what to do if no mask has a name that matches an image.

    Args:
        stems: Names of the images without suffix.
        masks: Names of the masks.

    >>> way_to_pair(["a"], ["labels/a.png"])
    "; masks lie deeper than images, in 'labels': give that folder"
    """
    if not masks:
        return f": the folder of the masks holds no {', '.join(IMAGE_SUFFIXES)} file"
    folders = {os.path.basename(stem): os.path.dirname(stem) for stem in stems}
    for mask in masks:
        stem, folder = os.path.splitext(os.path.basename(mask))[0], os.path.dirname(mask)
        image = folders.get(stem, folder)
        if image != folder:
            deep = ("masks", "images", folder) if len(folder) > len(image) else ("images", "masks", image)
            return "; {} lie deeper than {}, in {!r}: give that folder".format(*deep)
    return (
        "; give the masks the names of their images, or set seg_map_suffix (--mask-suffix of "
        "prepare_dataset.py folder)"
    )


def guess_suffixes(
    images: Sequence[str],
    masks: Sequence[str],
    one_folder: bool = False,
    given: tuple[str, ...] | None = None,
) -> tuple[tuple[str, ...], str | tuple[str, ...]]:
    """Guess the suffixes of image names and mask names, after the part that they share.

    Args:
        images: Names of the images, with suffix.
        masks: Names of the masks, with suffix.
        one_folder: Whether both lie in one folder, so that no image is its own mask.
        given: Suffixes of the images, if known.

    Returns:
        Suffixes of the images, such as ".jpg", or "_sat.jpg" if image names have a mark of their own; and the
        suffix of the masks, or several.

    Raises:
        ValueError: If no suffix gives any image a mask.

    >>> guess_suffixes(["1_sat.jpg", "2_sat.jpg"], ["1_mask.png", "2_mask.png"])
    (('_sat.jpg',), '_mask.png')
    """
    if given:
        plain = [
            stem + os.path.splitext(name)[1]
            for stem, names in names_by_stem(images, given).items()
            for name in names
        ]
        return given, guess_mask_suffix(plain, masks, one_folder)
    try:
        mask_suffix = guess_mask_suffix(images, masks, one_folder)
        return tuple(sorted({os.path.splitext(name_key(name))[1] for name in images})), mask_suffix
    except NoPairError:
        tails = [
            [tail for tail, _ in Counter(map(mark_of, names)).most_common(5)] for names in (images, masks)
        ]
        scored = []
        for image_tail, mask_tail in ((a, b) for a in tails[0] for b in tails[1] if a and b and a != b):
            there = names_by_stem(masks, (mask_tail,))
            pairs = sum(stem in there for stem in names_by_stem(images, (image_tail,)))
            is_mask = any(word in mask_tail.lower() for word in MASK_WORDS)
            scored.append((pairs, is_mask, image_tail, mask_tail))
        if not scored or max(scored)[0] == 0:
            raise
        _, _, image_tail, mask_tail = max(scored)
        return (image_tail,), mask_tail


def mark_of(name: str) -> str:
    """Return the last word of a name with its suffix, or "" if it is the only word.

    >>> mark_of("a/x_1_mask.PNG"), mark_of("x.png")
    ('_mask.png', '')
    """
    match = re.search(r"[^/\w]?[_\-. ][^_\-. /]+\.[^./]+$", name_key(name))
    return match.group(0) if match else ""
