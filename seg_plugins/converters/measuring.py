"""Measurement of a folder's images and masks, read once as training reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from seg_plugins.datasets.image_sizes import ImageSizes
from seg_plugins.datasets.label_check import count_ids
from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.datasets.mask_file import read_mask
from seg_plugins.datasets.statistics import ChannelSums
from seg_plugins.files.picture_pixels import stored_turned
from seg_plugins.files.tiff_tags import has_alpha, is_geotiff, is_tiff
from seg_plugins.progress import track_map
from seg_plugins.transforms.load_seg_image import decode_with_gaps

from .converter import SourceError
from .faults import DAMAGED, Fault
from .resizing import size_fault

__all__ = ["Looked", "Measured", "look_at_all", "summed_up"]

THREADS = 4
PLAIN_KINDS = {(1, "uint8"), (3, "uint8")}


@dataclass
class Measured:
    """Properties of images and masks.

    Attributes:
        pixels: (N, K) pixels per class of every image.
        sums: Channel sums of every image.
        raw: Whether images have to be loaded unchanged: not 8 bits, or not 1 or 3 channels.
        sizes: Heights and widths of the images.
        missing: Fraction of values without data, 0..1.
        notes: Notes for the user.
        resized: Number of masks that have another size than their image.
        placed: Whether images have map coordinates.
    """

    pixels: np.ndarray
    sums: list[ChannelSums]
    raw: bool
    sizes: ImageSizes
    missing: float = 0.0
    notes: list[str] = field(default_factory=list)
    resized: int = 0
    placed: bool = False

    def statistics(self, chosen: np.ndarray) -> tuple[list[float], list[float]]:
        """Compute mean and standard deviation per channel of some images (N,) bool; 8-bit images as RGB.

        Raises:
            SourceError: If a channel holds no data.
        """
        picked = [one for one, wanted in zip(self.sums, chosen, strict=True) if wanted]
        total = ChannelSums(len(picked[0].total) if self.raw else 3)
        for one in picked:
            channels = len(one.total)
            order = (
                list(range(channels)) if self.raw and channels != 3 else [[0, 0, 0], [2, 1, 0]][channels == 3]
            )
            total.count += one.count[order]
            total.total += one.total[order]
            total.squares += one.squares[order]
        if not total.count.all():
            raise SourceError(
                f"channel {int(np.argmin(total.count)) + 1} holds no data in any of the {len(picked)} "
                "training images"
            )
        mean, std = total.result()
        return mean.tolist(), std.tolist()


@dataclass
class Looked:
    """Properties of one image and its mask."""

    image: Path
    mask: Path
    kind: tuple[int, str]
    sums: ChannelSums
    counts: np.ndarray
    size: tuple[int, int]
    missing: int
    values: int
    turned: bool
    resized: bool
    placed: bool


def fourth_is_band(image: np.ndarray, data: bytes) -> bool:
    """Test whether the fourth channel of a decoded 8-bit image (H, W, 4) is a band and not transparency."""
    if not is_tiff(data):
        return False
    return not has_alpha(data) or (is_geotiff(data) and not np.isin(image[..., 3], (0, 255)).all())


def look(image_path: Path, mask_path: Path, code: MaskCode | None, resize: bool = False) -> Looked | Fault:
    """Read one image and its mask.

    Args:
        image_path: The image.
        mask_path: Its mask.
        code: The mask code; None if it is unknown, so that classes are not counted.
        resize: Whether a mask of another size is resized.

    Returns:
        Their properties, or a fault.
    """
    try:
        return looked(image_path, mask_path, code, resize)
    except (OSError, ValueError) as error:
        return Fault(DAMAGED, str(error))


def looked(image_path: Path, mask_path: Path, code: MaskCode | None, resize: bool) -> Looked | Fault:
    """Read like `look`, but raise OSError or ValueError if a file is faulty."""
    data = image_path.read_bytes()
    image, missing = decode_with_gaps(data, image_path, "unchanged")
    image = image if image.ndim == 3 else image[..., None]
    kind = (image.shape[2], image.dtype.name)
    if kind == (4, "uint8") and not fourth_is_band(image, data):
        image, missing = decode_with_gaps(data, image_path)
        kind = (3, "uint8")
    missing = missing if missing is None else missing.reshape(image.shape)
    if code is None:
        labels = np.zeros(read_mask(mask_path.read_bytes(), mask_path).values.shape[:2], np.uint8)
    else:
        labels = code.read(mask_path.read_bytes(), mask_path)
    resized = labels.shape != image.shape[:2]
    labels, fault = size_fault(labels, mask_path, image.shape[:2], image_path, resize)
    if fault is not None:
        return fault
    if missing is not None:
        labels[missing.all(axis=-1)] = 255
    sums = ChannelSums(image.shape[2])
    sums.add(image, missing)
    return Looked(
        image=image_path,
        mask=mask_path,
        kind=kind,
        sums=sums,
        counts=count_ids(labels)[: len(code.classes) if code else 1],
        size=image.shape[:2],
        missing=0 if missing is None else int(missing.sum()),
        values=image.size,
        turned=stored_turned(image_path) != stored_turned(mask_path),
        resized=resized,
        placed=is_geotiff(data),
    )


def look_at_all(
    images: Sequence[Path], masks: Sequence[Path], code: MaskCode | None, resize: bool = False
) -> tuple[list[Looked], list[Fault]]:
    """Read all pairs once.

    Args:
        images: The image files.
        masks: Their masks.
        code: The mask code, or None if it is unknown.
        resize: Whether masks of another size than their image are resized.

    Returns:
        The properties of complete pairs, and the faults of the others.
    """
    pairs = list(zip(images, masks, strict=True))
    seen = list(track_map(lambda pair: look(*pair, code, resize), pairs, "measuring", THREADS))
    whole = [one for one in seen if isinstance(one, Looked)]
    faults = [one for one in seen if isinstance(one, Fault)]
    kinds: dict[tuple[int, str], list[Path]] = {}
    for one in whole:
        kinds.setdefault(one.kind, []).append(one.image)
    if not set(kinds) <= PLAIN_KINDS and len(kinds) > 1:
        usual = max(kinds, key=lambda kind: len(kinds[kind]))
        text = "{} has {} channels of {}, others, such as {}, {} of {}: use one format for all"
        faults += [
            Fault("other channels or depth", text.format(path, *kind, kinds[usual][0], *usual))
            for kind, paths in kinds.items()
            if kind != usual
            for path in paths
        ]
    return whole, faults


def summed_up(seen: Sequence[Looked]) -> Measured:
    """Combine the properties of all images and masks.

    Raises:
        SourceError: If no pixel has a class.
    """
    pixels = np.array([one.counts for one in seen])
    values, missing = sum(one.values for one in seen), sum(one.missing for one in seen)
    if not pixels.any():
        reason = "their images hold no data" if missing == values else "all are ignored"
        raise SourceError(
            f"no pixel of the {len(seen)} masks, such as that of {seen[0].image}, has a class: {reason}"
        )
    return Measured(
        pixels,
        [one.sums for one in seen],
        not {one.kind for one in seen} <= PLAIN_KINDS,
        ImageSizes(np.array([one.size for one in seen])),
        missing / values,
        notes_on(seen),
        sum(one.resized for one in seen),
        any(one.placed for one in seen),
    )


def notes_on(seen: Sequence[Looked]) -> list[str]:
    """Describe unusual facts about images and masks that do not prevent training."""
    notes = []
    gaps = [one for one in seen if one.missing]
    if gaps:
        share = sum(one.missing for one in gaps) / sum(one.values for one in seen)
        notes.append(
            f"{len(gaps)} images, such as {gaps[0].image}, lack data ({share:.2%} of all values): the "
            "mean replaces it, and pixels without any are ignored"
        )
    unlabelled = [one for one in seen if not one.counts.any()]
    if unlabelled:
        notes.append(
            f"{len(unlabelled)} masks ignore every pixel, such as that of {unlabelled[0].image}: nothing "
            "is learnt from them"
        )
    turned = [one for one in seen if one.turned]
    if turned:
        notes.append(
            f"{len(turned)} images, such as {turned[0].image}, are rotated or mirrored by their EXIF "
            "orientation; their masks are not, or differently: draw masks on the image as displayed"
        )
    return notes
