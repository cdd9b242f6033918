"""Polygons of COCO and Labelme files, drawn as maps of classes and instances."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .converter import SourceError

__all__ = ["Annotated", "Shape", "draw_shapes", "read_coco", "read_labelme"]


@dataclass(frozen=True)
class Shape:
    """One object.

    Attributes:
        class_name: Name of its class.
        rings: Polygons, each (P, 2) of x, y in pixels.
        mask: (H, W) uint8 instead of polygons, for COCO's run lengths.
    """

    class_name: str
    rings: tuple[np.ndarray, ...] = ()
    mask: np.ndarray | None = None

    def area(self) -> float:
        """Pixels that it covers."""
        if self.mask is not None:
            return float(self.mask.sum())
        return float(sum(cv2.contourArea(ring.astype(np.float32)) for ring in self.rings))


@dataclass
class Annotated:
    """One image and its objects.

    Attributes:
        name: File name, as the annotations give it.
        size: Height and width in pixels.
        shapes: The objects.
    """

    name: str
    size: tuple[int, int]
    shapes: list[Shape] = field(default_factory=list)


def draw_shapes(image: Annotated, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Draws the objects of an image, large ones first, so that small ones stay visible.

    Args:
        image: The image.
        classes: Names of the classes; the first is everything that no object covers.

    Returns:
        Class map (H, W) uint8 and instance map (H, W) uint16, 0 = none.
    """
    labels, instances = np.zeros(image.size, np.uint8), np.zeros(image.size, np.uint16)
    ids = {name: i for i, name in enumerate(classes)}
    for number, shape in enumerate(sorted(image.shapes, key=lambda s: -s.area()), start=1):
        covered = np.zeros(image.size, np.uint8) if shape.mask is None else shape.mask
        for ring in shape.rings:
            cv2.fillPoly(covered, [np.rint(ring).astype(np.int32)], 1)
        labels[covered > 0] = ids[shape.class_name]
        instances[covered > 0] = number
    return labels, instances


def read_json(path: Path) -> Any:
    """Reads a JSON file; raises SourceError if it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"annotation file {path} cannot be read: {error}") from error


def run_lengths(counts: Any, size: tuple[int, int], path: Path) -> np.ndarray:
    """Expands COCO's uncompressed run lengths, which go down the columns, to (H, W) uint8."""
    if isinstance(counts, str):
        raise SourceError(f"{path} holds compressed masks: turn them into polygons or plain run lengths")
    values = np.arange(len(counts)) % 2
    return np.repeat(values, counts).astype(np.uint8).reshape(size[1], size[0]).T.copy()


def read_coco(path: Path) -> tuple[list[str], list[Annotated]]:
    """Reads a COCO instance file.

    Args:
        path: A JSON file with `images`, `categories` and `annotations`.

    Returns:
        Names of the categories in the order of their ids, and the images.

    Raises:
        SourceError: If it is no such file.
    """
    content = read_json(path)
    missing = {"images", "categories", "annotations"} - set(content if isinstance(content, dict) else ())
    if missing:
        raise SourceError(f"{path} is no COCO instance file: it has no {sorted(missing)}")
    names = {c["id"]: c["name"] for c in sorted(content["categories"], key=lambda c: c["id"])}
    images = {i["id"]: Annotated(i["file_name"], (i["height"], i["width"])) for i in content["images"]}
    for annotation in content["annotations"]:
        image, outline = images.get(annotation["image_id"]), annotation["segmentation"]
        if image is None or annotation["category_id"] not in names:
            raise SourceError(f"{path}: annotation {annotation.get('id')} is of an unknown image or category")
        name = names[annotation["category_id"]]
        if isinstance(outline, dict):
            image.shapes.append(Shape(name, mask=run_lengths(outline["counts"], image.size, path)))
        else:
            image.shapes.append(Shape(name, tuple(np.array(ring, float).reshape(-1, 2) for ring in outline)))
    return list(names.values()), list(images.values())


def read_labelme(folder: Path) -> tuple[list[str], list[Annotated]]:
    """Reads the Labelme files of a folder: polygons, rectangles and circles.

    Args:
        folder: Holds one JSON file per image.

    Returns:
        Labels in alphabetical order, and the images.

    Raises:
        SourceError: If there is none, or a shape is of another kind.
    """
    images = []
    for path in sorted(folder.rglob("*.json")):
        content = read_json(path)
        if not isinstance(content, dict) or "shapes" not in content:
            raise SourceError(f"{path} is no Labelme file: it has no 'shapes'")
        name = (path.parent / Path(content["imagePath"]).name).relative_to(folder).as_posix()
        image = Annotated(name, (content["imageHeight"], content["imageWidth"]))
        for shape in content["shapes"]:
            ring = outline(np.array(shape["points"], float), shape.get("shape_type", "polygon"), path)
            image.shapes.append(Shape(shape["label"], (ring,)))
        images.append(image)
    if not images:
        raise SourceError(f"{folder} holds no Labelme file (*.json)")
    return sorted({shape.class_name for image in images for shape in image.shapes}), images


def outline(points: np.ndarray, kind: str, path: Path) -> np.ndarray:
    """Returns the outline (P, 2) of a Labelme shape."""
    if kind == "polygon":
        return points
    if kind == "rectangle":
        (left, top), (right, bottom) = points
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    if kind == "circle":
        radius = np.hypot(*(points[1] - points[0]))
        angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        return points[0] + radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    raise SourceError(f"{path} holds a shape of kind {kind!r}: only polygon, rectangle and circle are areas")
