"""Validation images beside truth and prediction, as a picture in the work directory."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from seg_plugins.ops.painting import blend, complete_palette, label_text, paint

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
    """A network input as a picture.

    Args:
        inputs: (C, H, W), before normalisation, of any numbers; see `shown`.
        size: (H, W) of the result.
        bgr: Whether the channels come as blue, green, red.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    image = shown(inputs.cpu().numpy().transpose(1, 2, 0), bgr)
    if image.shape[:2] != size:
        image = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image)


def draw_panels(
    panels: Sequence[OverlayRow],
    classes: Sequence[str],
    palette: Sequence[Sequence[int]] | None,
    opacity: float,
) -> "Figure":
    """Rows of image, truth and prediction, with a legend of the classes that occur.

    Args:
        panels: The rows.
        classes: Class names.
        palette: RGB colours of the classes.
        opacity: Of the colours over the image, 0 to 1.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    height, width = panels[0].image.shape[:2]
    figure = Figure(figsize=(12, 4 * len(panels) * height / width + 0.9), layout="constrained")
    axes = figure.subplots(len(panels), 3, squeeze=False)
    present: set[int] = set()
    for row, panel in zip(axes, panels, strict=True):
        row[0].imshow(panel.image)
        row[0].set_title(label_text(panel.name), fontsize=9)
        for cell, labels, title in ((row[1], panel.truth, "truth"), (row[2], panel.prediction, "prediction")):
            if labels is not None:
                cell.imshow(blend(panel.image, paint(labels, palette), opacity), interpolation="nearest")
                present.update(np.unique(labels).tolist())
            cell.set_title(title, fontsize=9)
    for cell in axes.flat:
        cell.axis("off")
    colors = complete_palette(palette, len(classes)) / 255
    handles = [
        Patch(color=tuple(colors[i]), label=label_text(classes[i]))
        for i in sorted(present)
        if i < len(classes)
    ]
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=8, fontsize=8, frameon=False)
    return figure


@HOOKS.register_module()
class OverlayHook(Hook):
    """Write `overlays.png` into the work directory at each validation: image, truth, prediction.

    Args:
        images: Number of validation images, spread evenly over the data set.
        opacity: Of the colours over the image, 0 to 1.
    """

    priority = "LOWEST"

    def __init__(self, images: int = 4, opacity: float = 0.6) -> None:
        self.images = images
        self.opacity = opacity
        self.panels: list[OverlayRow] = []

    def before_val_epoch(self, runner: Runner) -> None:
        """Forget the last validation."""
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
