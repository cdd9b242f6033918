"""The images to label next, as a list and as a page."""

from collections.abc import Sequence
from pathlib import Path

from seg_plugins.files.atomic import write_text
from seg_plugins.report.page import cards, figure, grid, page, section

from .candidates import Candidates
from .next_labels import NextLabels
from .page import picture

__all__ = ["twin_words", "write_choice"]

PICTURES = 200  # most pictures on the page
PAIRS = 12
LIST, PAGE = "to_label.txt", "to_label.html"


def twin_words(choice: NextLabels, found: Candidates) -> str:
    """Say how many validation images nearly equal one of training, or are of a sequence of training."""
    count, total = len(choice.twins), len(found.val)
    words = f"none of {total} validation images nearly equals one for training"
    if count:
        val, train = next(iter(choice.twins.items()))
        words = (
            f"{count} of {total} validation images nearly equal one for training, such as {val} and {train}: "
            "scores will be too high"
        )
    if choice.sequences:
        words += (
            f"; {sum(choice.sequences.values())} of {total} are frames of sequences that training has, too: "
            f"{', '.join(choice.sequences)}"
        )
    return words


def drawn(paths: Sequence[Path], captions: Sequence[str]) -> str:
    """Render pictures with captions."""
    found = [(picture(str(path)), caption) for path, caption in zip(paths, captions, strict=True)]
    return grid([figure(data, caption, "jpeg") for data, caption in found if data])


def write_choice(choice: NextLabels, found: Candidates, out: Path, title: str, about: dict[str, str]) -> Path:
    """Write the list `to_label.txt`, one path per line, and the page `to_label.html` beside it.

    Args:
        choice: From `choose_next`.
        found: The images of the config.
        out: Folder; it is created if it is missing.
        title: Title of the page.
        about: Facts for the head of the page.

    Returns:
        The list.
    """
    out.mkdir(parents=True, exist_ok=True)
    shown = choice.images[:PICTURES]
    captions = [f"{number}. {path.name}" for number, path in enumerate(shown, start=1)]
    if choice.scores:
        pairs = zip(captions, choice.scores, strict=False)
        captions = [f"{caption}: uncertainty {score:.3f}" for caption, score in pairs]
    counts = {
        "images to label": f"{len(choice.images):,} of {len(found.unlabelled):,}",
        "labelled already": f"{len(found.labelled):,}",
        "validation images with a near twin": f"{len(choice.twins):,} of {len(found.val):,}",
    }
    rest = len(choice.images) - len(shown)
    note = f"{rest} more are in {LIST}." if rest else ""
    parts = [cards(counts), section("Images to label", drawn(shown, captions), note=note)]
    if choice.twins:
        some = list(choice.twins.items())[:PAIRS]
        paths = [path for pair in some for path in pair]
        names = [f"{kind}: {p.name}" for pair in some for kind, p in zip(("val", "train"), pair, strict=True)]
        words = f"{twin_words(choice, found)}. Each is shown before its twin."
        parts.append(
            section("Validation images that training has nearly seen", drawn(paths, names), note=words)
        )
    write_text(out / LIST, "".join(f"{path}\n" for path in choice.images))
    write_text(out / PAGE, page(title, about, parts))
    return out / LIST
