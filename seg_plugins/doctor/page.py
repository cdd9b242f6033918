"""The diagnosis as a page with images, and on the console."""

import html
import io
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from seg_plugins.files.atomic import write_json, write_text
from seg_plugins.ops.display import shown
from seg_plugins.ops.painting import label_text
from seg_plugins.report.page import cards, figure, page, section, table
from seg_plugins.transforms.load_seg_image import decode_image

from .diagnosis import Diagnosis, Finding

__all__ = ["print_diagnosis", "render_page", "write_diagnosis"]

PICTURES = 12
HEIGHT = 160


def class_histogram(diagnosis: Diagnosis) -> bytes:
    """Plot the fraction of every class in every split, as PNG."""
    k, splits = len(diagnosis.classes), list(diagnosis.pixels)
    drawing = Figure(figsize=(max(6, 0.5 * k + 2), 4), dpi=110, layout="constrained")
    axes = drawing.subplots()
    width = 0.8 / len(splits)
    for i, name in enumerate(splits):
        pixels = np.array(diagnosis.pixels[name], float)
        axes.bar(np.arange(k) + i * width, 100 * pixels / max(pixels.sum(), 1), width, label=name)
    names = list(map(label_text, diagnosis.classes))
    axes.set_xticks(np.arange(k) + 0.4 - width / 2, names, rotation=45, ha="right")
    axes.set_yscale("log")
    axes.set_ylabel("% of the labelled pixels")
    axes.legend(frameon=False)
    stream = io.BytesIO()
    drawing.savefig(stream, format="png")
    return stream.getvalue()


def picture(path: str) -> bytes | None:
    """Render a small JPEG of a file, with coloured label maps; return None if it cannot be read."""
    try:
        image = decode_image(Path(path).read_bytes(), path, "unchanged")
    except (OSError, ValueError):
        return None
    if image.ndim == 2 and len(np.unique(image)) <= 64:
        image = cv2.applyColorMap(image.astype(np.int64).astype(np.uint8) * np.uint8(37), cv2.COLORMAP_TURBO)
    else:
        image = shown(image, image.ndim == 3 and image.shape[2] == 3)[..., ::-1]
    width = max(1, round(image.shape[1] * HEIGHT / image.shape[0]))
    small = cv2.resize(image, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small)[1].tobytes()


def gallery(finding: Finding) -> str:
    """Render the first images of a finding."""
    shown = [(path, picture(path)) for path in finding.files[:PICTURES]]
    tiles = "".join(figure(data, path, kind="jpeg") for path, data in shown if data)
    return f'<div style="display:flex;flex-wrap:wrap;gap:12px">{tiles}</div>'


def render_page(diagnosis: Diagnosis, title: str, about: dict[str, str]) -> str:
    """Render a self-contained HTML page.

    Args:
        diagnosis: Diagnosis from `diagnose`.
        title: Heading of the page.
        about: Facts below the heading.
    """
    counts = {f"images in {name}": f"{n:,}" for name, n in diagnosis.images.items()}
    headline = cards(counts | {level + "s": str(len(diagnosis.of(level))) for level in ("error", "warning")})
    parts = [headline]
    for level in ("error", "warning", "note"):
        findings = diagnosis.of(level)
        if findings:
            rows = [(f.kind, f.message, len(f.files)) for f in findings]
            pictures = "".join(gallery(f) for f in findings[:PICTURES])
            parts.append(section(f"{level.capitalize()}s", table(["kind", "what", "files"], rows), pictures))
    parts.append(
        section("Classes", figure(class_histogram(diagnosis), alt="class histogram"), class_table(diagnosis))
    )
    if diagnosis.weights:
        parts.append(section("To paste into a config", f"<pre>{html.escape(paste_block(diagnosis))}</pre>"))
    return page(title, about, parts)


def class_table(diagnosis: Diagnosis) -> str:
    """Render pixels per split and weights of every class."""
    header = ["class", *(f"pixels in {name}" for name in diagnosis.pixels), *diagnosis.weights]
    columns = [*diagnosis.pixels.values(), *diagnosis.weights.values()]
    return table(header, [(name, *(c[i] for c in columns)) for i, name in enumerate(diagnosis.classes)])


def paste_block(diagnosis: Diagnosis) -> str:
    """Write class weights and normalisation as lines of a config."""
    lines = [f"class_weight = {values}  # {kind}" for kind, values in diagnosis.weights.items()]
    if diagnosis.mean:
        lines += [f"mean = {diagnosis.mean}  # RGB for colour images", f"std = {diagnosis.std}"]
    return "\n".join(lines)


def write_diagnosis(diagnosis: Diagnosis, out: Path, title: str, about: dict[str, str]) -> Path:
    """Write the figures (`check.json`), the page, and the weights for `class_weight="..."` of a loss.

    Args:
        diagnosis: The diagnosis.
        out: Folder; it is created if it is missing.
        title: Title of the page.
        about: Facts about config and data for the page.

    Returns:
        The page, `check.html`. The file `class_weights.json` holds the weights by median frequency.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "check.json", diagnosis.as_dict(), indent=1)
    if diagnosis.weights:
        write_json(out / "class_weights.json", diagnosis.weights["median_frequency"], indent=None)
    write_text(out / "check.html", render_page(diagnosis, title, about))
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
