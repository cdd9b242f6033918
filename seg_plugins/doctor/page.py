"""The diagnosis as a page with images, and on the console."""

import html
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from seg_plugins.files.atomic import write_json, write_text
from seg_plugins.ops.display import shown
from seg_plugins.ops.painting import paint
from seg_plugins.report.page import cards, figure, grid, legend, page, section, table
from seg_plugins.transforms.load_seg_image import decode_image

from .charts import class_chart, size_chart, size_words
from .diagnosis import Diagnosis, Finding
from .entries import Split
from .inspection import Inspection
from .samples import class_examples, images_under_masks, split_palette

__all__ = ["print_diagnosis", "render_page", "write_diagnosis"]

PICTURES = 12
HEIGHT = 160


def picture(path: str) -> bytes | None:
    """Render a small JPEG of a file, with coloured label maps; return None if it cannot be read."""
    try:
        image = decode_image(Path(path).read_bytes(), path, "unchanged")
    except (OSError, ValueError):
        return None
    if image.ndim == 2 and len(values := np.unique(image)) <= 64:
        image = paint(np.searchsorted(values, image), None, len(values))[..., ::-1]
    else:
        image = shown(image, image.ndim == 3 and image.shape[2] == 3)[..., ::-1]
    width = max(1, round(image.shape[1] * HEIGHT / image.shape[0]))
    small = cv2.resize(image, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small)[1].tobytes()


def gallery(finding: Finding) -> str:
    """Render the first images of a finding, folded unless it is an error."""
    pictures = [(path, picture(path)) for path in finding.files[:PICTURES]]
    drawn = [figure(data, path, kind="jpeg") for path, data in pictures if data]
    if not drawn:
        return ""
    words = f"{finding.kind}: {len(drawn)} of {len(finding.files)} files"
    state = " open" if finding.level == "error" else ""
    return f"<details{state}><summary>{html.escape(words)}</summary>{grid(drawn)}</details>"


def render_page(
    diagnosis: Diagnosis,
    title: str,
    about: dict[str, str],
    splits: Sequence[Split] = (),
    found: Sequence[Inspection] = (),
) -> str:
    """Render a self-contained HTML page.

    Args:
        diagnosis: Diagnosis from `diagnose`.
        title: Heading of the page.
        about: Facts below the heading.
        splits: Splits whose images are shown.
        found: Entries from `inspect_all`.
    """
    counts = {f"images in {name}": f"{n:,}" for name, n in diagnosis.images.items()}
    headline = cards(counts | {level + "s": str(len(diagnosis.of(level))) for level in ("error", "warning")})
    parts = [headline]
    for level in ("error", "warning", "note"):
        findings = diagnosis.of(level)
        if findings:
            rows = [(f.kind, f.message, len(f.files) or float("nan")) for f in findings]
            pictures = "".join(gallery(f) for f in findings[:PICTURES])
            parts.append(section(f"{level.capitalize()}s", table(["kind", "what", "files"], rows), pictures))
    parts += samples_of_splits(splits, found)
    colours = split_palette(splits[0]) if splits else None
    chart = figure(class_chart(diagnosis.pixels, diagnosis.classes), alt="share of each class")
    parts.append(section("Classes", chart, class_table(diagnosis, colours)))
    parts += samples_of_classes(splits, found)
    sizes = size_chart(diagnosis.sizes)
    drawn = figure(sizes, alt="width and height of the images") if sizes else ""
    parts.append(section("Sizes of the images", drawn, note=size_words(diagnosis.sizes)))
    if diagnosis.weights:
        parts.append(section("To paste into a config", f"<pre>{html.escape(paste_block(diagnosis))}</pre>"))
    return page(title, about, parts)


def samples_of_splits(splits: Sequence[Split], found: Sequence[Inspection]) -> list[str]:
    """Render a section for each split with some of its images under their masks."""
    sections = []
    for split in splits:
        colours = split_palette(split)
        drawn = [figure(p.data, p.caption, "jpeg") for p in images_under_masks(split, found, colours)]
        if drawn:
            note = "Colours show the masks; background has no colour. Click an image to enlarge it."
            title = f"Images of {split.name} under their masks"
            parts = legend(split.classes, colours), grid(drawn)
            sections.append(section(title, *parts, note=note))
    return sections


def samples_of_classes(splits: Sequence[Split], found: Sequence[Inspection]) -> list[str]:
    """Render a section with examples of each class."""
    examples = class_examples(splits, found, split_palette(splits[0])) if splits else {}
    if not examples:
        return []
    drawn = [
        f"<h3>{html.escape(name)}</h3>{grid([figure(p.data, p.caption, 'jpeg') for p in pictures])}"
        for name, pictures in examples.items()
    ]
    note = "Sorted from the largest part of the class to the smallest; other pixels are grey."
    return [section("Examples of each class", *drawn, note=note)]


def class_table(diagnosis: Diagnosis, colours: np.ndarray | None = None) -> str:
    """Render pixels per split and weights of every class."""
    header = ["class", *(f"pixels in {name}" for name in diagnosis.pixels), *diagnosis.weights]
    columns = [*diagnosis.pixels.values(), *diagnosis.weights.values()]
    rows = [(name, *(c[i] for c in columns)) for i, name in enumerate(diagnosis.classes)]
    return table(header, rows, colours)


def paste_block(diagnosis: Diagnosis) -> str:
    """Write class weights and normalisation as lines of a config."""
    lines = [f"class_weight = {values}  # {kind}" for kind, values in diagnosis.weights.items()]
    if diagnosis.mean:
        lines += [f"mean = {diagnosis.mean}  # RGB for colour images", f"std = {diagnosis.std}"]
    return "\n".join(lines)


def write_diagnosis(
    diagnosis: Diagnosis,
    out: Path,
    title: str,
    about: dict[str, str],
    splits: Sequence[Split] = (),
    found: Sequence[Inspection] = (),
) -> Path:
    """Write the figures (`check.json`), the page, and the weights for `class_weight="..."` of a loss.

    Args:
        diagnosis: The diagnosis.
        out: Folder; it is created if it is missing.
        title: Title of the page.
        about: Facts about config and data for the page.
        splits: Splits whose images are shown.
        found: Entries from `inspect_all`.

    Returns:
        The page, `check.html`. The file `class_weights.json` holds the weights by median frequency.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "check.json", diagnosis.as_dict(), indent=1)
    if diagnosis.weights:
        write_json(out / "class_weights.json", diagnosis.weights["median_frequency"], indent=None)
    write_text(out / "check.html", render_page(diagnosis, title, about, splits, found))
    return out / "check.html"


def print_diagnosis(diagnosis: Diagnosis, page_path: Path, console: Console | None = None) -> None:
    """Print counts, the place of the class weights, and every finding with its files."""
    console = console or Console(soft_wrap=True)
    summary = Table("class", *diagnosis.pixels, title="pixels per class")
    for i, name in enumerate(diagnosis.classes):
        summary.add_row(Text(name), *(f"{pixels[i]:,}" for pixels in diagnosis.pixels.values()))
    console.print(summary)
    if diagnosis.weights:
        weights = str(page_path.with_name("class_weights.json"))
        console.print(
            f"class_weight={weights!r} in a loss weighs rare classes more; configs of `prepare folder` do "
            "so already. The page shows other weights, mean and std.",
            markup=False,
        )
    for finding in diagnosis.findings:
        colour = {"error": "red", "warning": "yellow"}.get(finding.level, "blue")
        console.print(f"[{colour}]{finding.level}[/] {escape(finding.kind)}: {escape(finding.message)}")
    errors, warnings = len(diagnosis.of("error")), len(diagnosis.of("warning"))
    images = ", ".join(f"{n} in {name}" for name, n in diagnosis.images.items())
    console.print(f"{images}; {errors} errors, {warnings} warnings; pictures: {page_path}", markup=False)
