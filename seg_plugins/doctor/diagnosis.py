"""The diagnosis of a data set: errors, warnings and figures."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from .duplicates import near_duplicates, shared_sequences
from .entries import Split
from .inspection import Inspection
from .scales import scale_text
from .statistics import class_weights, intensity
from .suspicion import outliers

__all__ = ["Diagnosis", "Finding", "diagnose"]

IMBALANCE = 100.0
SHOWN = 5


@dataclass
class Finding:
    """One fact about the data set.

    Attributes:
        level: `error` (training would fail or be wrong), `warning`, or `note`.
        kind: A short name that findings of one kind share.
        message: What happened, where, and what to do.
        files: The affected files.
    """

    level: str
    kind: str
    message: str
    files: list[str] = field(default_factory=list)


@dataclass
class Diagnosis:
    """All findings and figures of a data set.

    Attributes:
        classes: K class names.
        images: Split -> number of entries.
        findings: Errors first.
        pixels: Split -> K pixel counts.
        weights: Kind -> K class weights of the training split, or of the first split if there is none.
        mean: Mean intensity per channel in 0..255 (for 8 bits), in the order of a config's `mean`: RGB.
        std: Standard deviation of each channel, likewise.
        sizes: Split -> height, width and number of images, for each size that occurs.
    """

    classes: list[str]
    images: dict[str, int]
    findings: list[Finding]
    pixels: dict[str, list[int]]
    weights: dict[str, list[float]]
    mean: list[float] | None
    std: list[float] | None
    sizes: dict[str, list[list[int]]] = field(default_factory=dict)

    def of(self, level: str) -> list[Finding]:
        """Return the findings of one level."""
        return [f for f in self.findings if f.level == level]

    def as_dict(self) -> dict:
        """Return plain values for JSON."""
        return asdict(self)


def file_faults(splits: Sequence[Split], found: Sequence[Inspection]) -> list[Finding]:
    """List files without a partner, packs of other files, and files that cannot be trained on."""
    findings = [
        Finding("error", "missing or stale", f"{s.name}: {text}") for s in splits for text in s.faults
    ]
    for item in found:
        if item.fault:
            findings.append(
                Finding("error", "bad file", f"{item.split}: {item.fault}", [item.image, item.label])
            )
    return findings


def spare_labels(splits: Sequence[Split]) -> list[Finding]:
    """Find labels without an image, which splits may share."""
    spare = list(dict.fromkeys(path for split in splits for path in split.spare))
    if not spare:
        return []
    text = f"{len(spare)} labels have no image, such as {spare[0]}: they are not used"
    return [Finding("note", "label without image", text, spare)]


def mask_code(split: Split, found: Sequence[Inspection]) -> list[Finding]:
    """Find splits whose labels are all 0 or 255, of which 255 would be ignored."""
    whole = [item for item in found if item.split == split.name and not item.fault]
    counts = sum((item.counts for item in whole), np.zeros(256, np.int64))
    if not getattr(split.dataset, "values_by_default", True):  # the config defines 255
        return []
    if len(split.classes) < 2 or set(np.flatnonzero(counts)) != {0, 255}:
        return []
    fix = f'dataset=dict(type="FolderSegDataset", classes={split.classes[:2]}, values=[0, 255], ignored=[])'
    return [
        Finding(
            "error",
            "0/255 masks",
            f"{split.name}: the labels hold only 0 and 255, and 255 is ignored: only "
            f"{split.classes[0]!r} would be learnt. In the config: {fix}",
            [item.label for item in whole],
        )
    ]


def emptiness(found: Sequence[Inspection]) -> list[Finding]:
    """Find labels without a labelled pixel, or with a single class."""
    empty = [item.label for item in found if item.labelled == 0]
    single = [item.label for item in found if item.labelled and len(item.present) == 1]
    findings = []
    if empty:
        findings.append(Finding("warning", "empty label", f"{len(empty)} labels ignore every pixel", empty))
    if single:
        text = f"{len(single)} of {len(found)} labels hold a single class"
        findings.append(Finding("warning", "single-class label", text, single))
    return findings


def gaps(found: Sequence[Inspection]) -> list[Finding]:
    """Find images with values that are NaN, infinite or no-data."""
    with_gaps = [item for item in found if item.missing]
    if not with_gaps:
        return []
    values = sum(item.missing + float(np.sum(item.valid)) for item in found)
    share = sum(item.missing for item in with_gaps) / max(values, 1)
    empty = sum(not np.any(item.valid) for item in with_gaps)
    text = (
        f"{len(with_gaps)} of {len(found)} images lack data ({share:.2%} of all values; {empty} hold none "
        "at all): `LoadSegImage(fill=...)` replaces them, best by the mean; pixels without data are ignored"
    )
    return [Finding("warning", "missing data", text, [item.image for item in with_gaps])]


def turned(found: Sequence[Inspection]) -> list[Finding]:
    """Find images whose EXIF orientation differs from that of their labels."""
    odd = [item for item in found if item.orientation != item.label_orientation]
    if not odd:
        return []
    text = (
        f"{len(odd)} images are rotated or mirrored by their EXIF orientation, and their labels are not, or "
        "differently: labels have to be drawn on the image as it is displayed; check one of them"
    )
    return [Finding("warning", "EXIF orientation", text, [item.image for item in odd])]


def scales(splits: Sequence[Split], found: Sequence[Inspection]) -> list[Finding]:
    """Report how images differ in size, and whether they are tested at a scale that training never used."""
    train = next((split for split in splits if split.name == "train"), None)
    tested = [split for split in splits if split.name != "train"]
    if train is None or not tested or not found:
        return []
    said = scale_text(train.steps, tested[-1].steps, np.array([item.size for item in found]))
    return [Finding(said[0], "image sizes", said[1])] if said else []


def imbalance(split: str, classes: Sequence[str], pixels: np.ndarray) -> list[Finding]:
    """Find classes that never occur, and a rarest class far below the most frequent one."""
    findings = []
    absent = [name for name, n in zip(classes, pixels, strict=True) if n == 0]
    if absent and pixels.sum():
        findings.append(Finding("warning", "absent class", f"{split}: no pixel of {', '.join(absent)}"))
    there = pixels[pixels > 0]
    if len(there) > 1 and there.max() / there.min() > IMBALANCE:
        rare, common = (
            classes[int(np.where(pixels > 0, pixels, pixels.max()).argmin())],
            classes[pixels.argmax()],
        )
        ratio = there.max() / there.min()
        text = f"{split}: {common} has {ratio:.0f} times the pixels of {rare}; see the class weights"
        findings.append(Finding("warning", "class imbalance", text))
    return findings


def leakage(found: Sequence[Inspection]) -> list[Finding]:
    """Find near-duplicate images within and across splits, and sequences in several splits."""
    pairs = near_duplicates(np.stack([item.thumbnail for item in found])) if found else []
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for i, j, _ in pairs:
        key = tuple(dict.fromkeys((found[i].split, found[j].split)))
        groups[key].append((found[i].image, found[j].image))
    findings = []
    for key, images in groups.items():
        across = len(key) > 1
        kind = "near-duplicates across splits" if across else "near-duplicates"
        where = " and ".join(key)
        text = f"{len(images)} pairs of nearly equal images in {where}" + (
            ": scores will be too high" * across
        )
        findings.append(Finding("warning", kind, text, [path for pair in images for path in pair]))
    shared = shared_sequences(found)
    if shared:
        listed = "; ".join(
            f"{name} ({', '.join(f'{n} in {split}' for split, n in splits.items())})"
            for name, splits in list(shared.items())[:SHOWN]
        )
        text = f"{len(shared)} sequences are in several splits: {listed}{' ...' * (len(shared) > SHOWN)}; "
        text += "the frames of one video or patient belong in one split"
        findings.append(Finding("warning", "sequence across splits", text))
    return findings


def doubtful_labels(losses: dict[str, float]) -> list[Finding]:
    """Find images for which the loss of a trained model is an outlier."""
    paths = list(losses)
    far = outliers(list(losses.values()))
    if not far:
        return []
    listed = ", ".join(f"{paths[i]} ({losses[paths[i]]:.2f})" for i in far[:5])
    median = float(np.median(list(losses.values())))
    text = f"{len(far)} images have a loss far above the median {median:.2f}: {listed}"
    return [Finding("warning", "suspicious label", text, [paths[i] for i in far])]


def sizes_of(found: Sequence[Inspection]) -> list[list[int]]:
    """Height, width and number of images, for each size that occurs."""
    counted = Counter(tuple(map(int, item.size)) for item in found)
    return [[*size, count] for size, count in sorted(counted.items())]


def diagnose(
    splits: Sequence[Split], found: Sequence[Inspection], losses: dict[str, float] | None = None
) -> Diagnosis:
    """Diagnose a data set from its entries.

    Args:
        splits: Splits from `read_splits`.
        found: Entries from `inspect_all`.
        losses: Losses from `image_losses`, if there is a trained model.
    """
    classes = splits[0].classes
    whole = [item for item in found if not item.fault]
    counts = {
        s.name: np.array([i.counts[: len(classes)] for i in whole if i.split == s.name]).reshape(
            -1, len(classes)
        )
        for s in splits
    }
    findings = file_faults(splits, found)
    for split in splits:
        findings += mask_code(split, found)
    findings += emptiness(whole) + gaps(whole) + turned(whole) + scales(splits, whole)
    for name, table in counts.items():
        findings += imbalance(name, classes, table.sum(0)) if len(table) else []
    findings += leakage(whole) + doubtful_labels(losses or {}) + spare_labels(splits)
    first = splits[0].name
    measured = intensity([i for i in whole if i.split == first]) if len(counts[first]) else None
    mean, std = measured or (None, None)
    return Diagnosis(
        classes=list(classes),
        images={s.name: len(s.entries) for s in splits},
        findings=findings,
        pixels={name: table.sum(0).tolist() for name, table in counts.items()},
        weights=class_weights(counts[first]) if len(counts[first]) else {},
        mean=mean[::-1] if mean and len(mean) == 3 else mean,
        std=std[::-1] if std and len(std) == 3 else std,
        sizes={s.name: sizes_of([i for i in whole if i.split == s.name]) for s in splits},
    )
