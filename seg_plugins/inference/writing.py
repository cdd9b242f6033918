"""The outputs for each image: class map, colours, overlay, confidence, uncertainty, polygons, areas."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from seg_plugins.files.atomic import atomic_path, write_json
from seg_plugins.files.label_maps import OUTPUTS
from seg_plugins.files.tables import spreadsheet_text

from .coco import coco_annotations
from .maps import Prediction
from .polygons import find_regions, geojson

__all__ = ["ResultWriter", "count_pixels", "save_png", "to_bytes"]


def save_png(path: Path, pixels: np.ndarray) -> None:
    """Write uint8 or uint16 pixels as PNG, atomically."""
    with atomic_path(path) as unfinished:
        Image.fromarray(pixels).save(unfinished)


def count_pixels(labels: np.ndarray, count: int) -> np.ndarray:
    """Count the pixels of each class: (K,) int64; ids of K and above are not counted.

    >>> count_pixels(np.array([[0, 2], [2, 255]]), 3).tolist()
    [1, 0, 2]
    """
    return np.bincount(labels.ravel(), minlength=count)[:count]


def to_bytes(values: np.ndarray) -> np.ndarray:
    """Convert 0..1 to uint8 0..255, rounded."""
    return (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)


class ResultWriter:
    """Writes the chosen outputs of each image, and finally the tables of all images.

    Args:
        folder: Folder of the outputs.
        outputs: Some of `OUTPUTS`.
        min_area: Smallest polygon in pixels.
        tolerance: Largest distance in pixels by which polygons may be simplified.

    Raises:
        ValueError: An output is unknown.
    """

    def __init__(
        self, folder: Path, outputs: Sequence[str], min_area: int = 1, tolerance: float = 0.0
    ) -> None:
        if unknown := set(outputs) - set(OUTPUTS):
            raise ValueError(f"--outputs {' '.join(sorted(unknown))}: choose from {' '.join(OUTPUTS)}")
        self.folder = folder
        self.outputs = tuple(outputs)
        self.min_area = min_area
        self.tolerance = tolerance
        self.areas: list[tuple[Any, ...]] = []
        self.coco: dict[str, list] = {"images": [], "annotations": [], "categories": []}

    def maps(self, result: Prediction, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the chosen images of a result, by the end of their file names."""
        made = {}
        for name in outputs:
            if name == "classes":
                made[name] = result.labels
            elif name == "color":
                made[name] = result.colors
            elif name == "overlay":
                made[name] = result.overlay
            elif name in ("confidence", "uncertainty"):
                made[name] = to_bytes(getattr(result, name))
        return made

    def write(
        self,
        name: str,
        result: Prediction,
        file_name: str,
        outputs: Sequence[str] | None = None,
        unit_area: float | None = None,
    ) -> None:
        """Write the images and polygons of one image.

        Args:
            name: Path of the results below the folder, without suffix.
            result: The prediction.
            file_name: Path of the image below the given folder, for the COCO file.
            outputs: Chosen outputs that are still to be written; None stands for all.
            unit_area: Unit area for `add_areas`.
        """
        outputs = self.outputs if outputs is None else outputs
        for kind, pixels in self.maps(result, outputs).items():
            save_png(self.folder / f"{name}_{kind}.png", pixels)
        if {"geojson", "coco"} & set(outputs):
            unknown = tuple(i for i in np.unique(result.labels).tolist() if i >= len(result.classes))
            regions = find_regions(result.labels, unknown, self.min_area)
            if "geojson" in outputs:
                write_json(self.folder / f"{name}.geojson", geojson(regions, result.classes, self.tolerance))
            if "coco" in outputs:
                self.add_coco(file_name, result, regions)
        if "areas" in outputs:
            pixels = count_pixels(result.labels, len(result.classes))
            self.add_areas(name, pixels, result.classes, unit_area, result.size)

    def add_coco(self, file_name: str, result: Prediction, regions: list) -> None:
        """Add an image to the COCO file of the whole call."""
        height, width = result.labels.shape
        number = len(self.coco["images"]) + 1
        self.coco["images"].append({"id": number, "file_name": file_name, "height": height, "width": width})
        first = len(self.coco["annotations"]) + 1
        self.coco["annotations"] += coco_annotations(
            regions, result.labels.shape, number, first, self.tolerance
        )
        self.coco["categories"] = [{"id": i, "name": c} for i, c in enumerate(result.classes)]

    def add_areas(
        self,
        name: str,
        pixels: np.ndarray,
        classes: Sequence[str],
        unit_area: float | None = None,
        size: int | None = None,
    ) -> None:
        """Add the rows of one image to the table of areas, if that is among the outputs.

        Args:
            name: Name of the image.
            pixels: (K,) pixels of each class.
            classes: Class names.
            unit_area: Area of a pixel in square units of the map, if there is a map.
            size: Pixels of the image with data, including those that a step labelled unknown; None stands for
                the sum of `pixels`.
        """
        if "areas" not in self.outputs:
            return
        total = max(int(pixels.sum()), 1) if size is None else size
        for label, count in enumerate(pixels.tolist()):
            area = "" if unit_area is None else count * unit_area
            words = spreadsheet_text(name), label, spreadsheet_text(classes[label])
            self.areas.append((*words, count, f"{count / total:.6f}", area))

    def finish(self) -> None:
        """Write the tables of all images."""
        if self.areas:
            with (
                atomic_path(self.folder / "areas.csv") as path,
                open(path, "w", newline="", encoding="utf-8", errors="surrogateescape") as file,
            ):  # names that are not UTF-8 keep their bytes
                table = csv.writer(file)
                table.writerow(("image", "class_id", "class", "pixels", "share", "map_area"))
                table.writerows(self.areas)
        if self.coco["images"]:
            write_json(self.folder / "coco.json", self.coco)
