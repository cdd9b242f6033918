"""Validation images beside truth and prediction, as a picture in the work directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from mmseg.structures import SegDataSample
from torch import Tensor

from seg_plugins.files.atomic import atomic_path
from seg_plugins.ops.batches import images_of
from seg_plugins.ops.display import shown
from seg_plugins.ops.painting import background_ids, complete_palette, label_text, tint
from seg_plugins.report.panels import draw_errors

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OverlayHook", "OverlayRow", "draw_panels", "shown_image"]


@dataclass
class OverlayRow:
    """One row: an image (H, W, 3) uint8 RGB, class maps (H, W) of truth (or None) and prediction, a name."""

    image: np.ndarray
    truth: np.ndarray | None
    prediction: np.ndarray
    name: str


def shown_image(inputs: Tensor, size: tuple[int, int], bgr: bool) -> np.ndarray:
    """Return a network input as a picture.

    Args:
        inputs: (C, H, W), before normalisation, of any numbers; see `shown`.
        size: (H, W) of the result.
        bgr: Whether the channels are in the order blue, green, red.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    image = shown(inputs.cpu().numpy().transpose(1, 2, 0), bgr)
    if image.shape[:2] != size:
        image = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image)


COLUMNS = ("image", "truth", "prediction", "errors (red)")
CELL, GAP, TITLE, LEGEND = 3.4, 0.08, 0.4, 0.3  # width of a picture, spaces and lines of text, in inches
STEEPEST = 1.5  # height over width; taller images are drawn narrower


def draw_panels(
    panels: Sequence[OverlayRow],
    classes: Sequence[str],
    palette: Sequence[Sequence[int]] | None,
    opacity: float,
) -> "Figure":
    """Draw rows of image, truth, prediction and errors, with a legend of the classes that occur.

    Each row is as high as its image, so rows of any shape follow without gaps. Without any truth, there are
    no columns for truth and errors.

    Args:
        panels: The rows.
        classes: Class names.
        palette: RGB colours of the classes.
        opacity: Opacity of the colours over the image, 0 to 1.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    columns = COLUMNS if any(p.truth is not None for p in panels) else (COLUMNS[0], COLUMNS[2])
    heights = [CELL * min(STEEPEST, p.image.shape[0] / p.image.shape[1]) for p in panels]
    width = len(columns) * (CELL + GAP) + GAP
    colors = complete_palette(palette, len(classes), classes) / 255
    handles = [Patch(color=colors[i], label=label_text(classes[i])) for i in classes_in(panels, classes)]
    longest = max((len(handle.get_label()) for handle in handles), default=0)
    across = max(1, min(len(handles), int(width / (0.11 * longest + 0.7))))
    height = TITLE + sum(heights) + len(panels) * TITLE + LEGEND * ceil(len(handles) / across) + GAP
    figure = Figure(figsize=(width, height))
    top = height - TITLE
    for i, name in enumerate(columns):
        left = GAP + i * (CELL + GAP)
        figure.text(left / width, top / height, name, fontsize=14, weight="bold", va="bottom")
    for panel, tall in zip(panels, heights, strict=True):
        figure.text(GAP / width, (top - TITLE + 0.06) / height, label_text(panel.name), fontsize=12)
        top -= TITLE + tall
        for name, picture in pictures_of(panel, palette, classes, opacity).items():
            place = GAP + columns.index(name) * (CELL + GAP)
            axes = figure.add_axes((place / width, top / height, CELL / width, tall / height))
            axes.imshow(picture, interpolation="nearest" if name in COLUMNS[1:] else None)
            axes.axis("off")
    if handles:
        figure.legend(handles=handles, loc="lower center", ncols=across, fontsize=12, frameon=False)
    return figure


def classes_in(panels: Sequence[OverlayRow], classes: Sequence[str]) -> list[int]:
    """Return the ids of the classes that occur in truth or prediction, without background."""
    maps = [labels for p in panels for labels in (p.truth, p.prediction) if labels is not None]
    present = {int(i) for labels in maps for i in np.unique(labels) if i < len(classes)}
    return sorted(present - set(background_ids(classes)))


def pictures_of(
    panel: OverlayRow, palette: Sequence[Sequence[int]] | None, classes: Sequence[str], opacity: float
) -> dict[str, np.ndarray]:
    """Return the pictures of a row, (H, W, 3) uint8 RGB, by their column."""

    def over(labels: np.ndarray) -> np.ndarray:
        return tint(panel.image, labels, palette, classes, opacity)

    image, truth, prediction = panel.image, panel.truth, panel.prediction
    if truth is None:
        return {COLUMNS[0]: image, COLUMNS[2]: over(prediction)}
    pictures = image, over(truth), over(prediction), draw_errors(image, truth, prediction)
    return dict(zip(COLUMNS, pictures, strict=True))


@HOOKS.register_module()
class OverlayHook(Hook):
    """Write `overlays.png` into the work directory at each validation: image, truth, prediction, errors.

    Args:
        images: Number of validation images, spread evenly over the data set.
        opacity: Opacity of the colours over the image, 0 to 1.
    """

    priority = "LOWEST"

    def __init__(self, images: int = 4, opacity: float = 0.6) -> None:
        self.images = images
        self.opacity = opacity
        self.panels: list[OverlayRow] = []

    def before_val_epoch(self, runner: Runner) -> None:
        """Discard the images of the previous validation."""
        self.panels = []

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: Sequence[SegDataSample] | None = None,
    ) -> None:
        """Keep the first image of every n-th batch."""
        batches = len(runner.val_dataloader)
        wanted = {(2 * i + 1) * batches // (2 * self.images) for i in range(self.images)}
        if batch_idx not in wanted or outputs is None or len(outputs) == 0 or not is_main_process():
            return
        sample = next(iter(outputs))
        if not isinstance(sample, SegDataSample) or "pred_sem_seg" not in sample:
            return
        prediction = sample.pred_sem_seg.data[0].cpu().numpy()
        truth = sample.gt_sem_seg.data[0].cpu().numpy() if "gt_sem_seg" in sample else None
        images = images_of(data_batch)
        if not images:
            return
        image = shown_image(images[0], prediction.shape, bgr=True)
        self.panels.append(
            OverlayRow(image, truth, prediction, Path(sample.metainfo.get("img_path", "")).name)
        )

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Draw the kept images."""
        if not self.panels:
            return
        meta = runner.val_dataloader.dataset.metainfo
        figure = draw_panels(self.panels, meta.get("classes") or (), meta.get("palette"), self.opacity)
        with atomic_path(Path(runner.work_dir) / "overlays.png") as path:
            figure.savefig(path, dpi=90)
        self.panels = []
