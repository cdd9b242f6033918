"""Objects of annotated images, and their class maps and instance maps."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..converter import SourceError
from .class_names import IGNORED
from .polygons import Patch, draw_polygon, draw_runs, join_patches

__all__ = ["MOST_INSTANCES", "Annotated", "Annotations", "Shape", "check_near", "draw_shapes", "is_covered"]

MOST_INSTANCES = 65535
FAR = 10


@dataclass(frozen=True)
class Shape:
    """One object.

    Attributes:
        label: Name of its class in the file.
        place: Its position in the file, for messages.
        rings: Polygons, each (P, 2) of x, y in pixels.
        counts: (N,) run lengths down the columns, as in COCO files, instead of polygons.
        patches: Additional bitmaps, as in Labelme files.
        single: Whether it is a single thing that can be counted; a crowd is not.
    """

    label: str
    place: str
    rings: tuple[np.ndarray, ...] = ()
    counts: np.ndarray | None = None
    patches: tuple[Patch, ...] = ()
    single: bool = True

    def draw(self, size: tuple[int, int]) -> Patch:
        """Return the pixels that it covers in an image of that height and width.

        Raises:
            SourceError: If its run lengths belong to another size.
        """
        if self.counts is None:
            return join_patches([*(draw_polygon(ring, size) for ring in self.rings), *self.patches])
        try:
            return draw_runs(self.counts, size)
        except ValueError as error:
            raise SourceError(f"{self.place}: {error}") from error


@dataclass(frozen=True)
class Annotated:
    """One image and its objects.

    Attributes:
        name: Name of the image, relative to the folder of the images.
        size: Height and width in pixels.
        shapes: The objects.
    """

    name: str
    size: tuple[int, int]
    shapes: list[Shape] = field(default_factory=list)


@dataclass(frozen=True)
class Annotations:
    """The content of annotation files.

    Attributes:
        source: The file or folder.
        labels: Names of the classes, in order, without duplicates.
        images: The images, without duplicates.
        notes: Notes for the user.
    """

    source: Path
    labels: list[str]
    images: list[Annotated]
    notes: list[str]


def check_near(points: np.ndarray, size: tuple[int, int], place: str) -> np.ndarray:
    """Return points (P, 2) of an image of that height and width, after a check that they can belong to it.

    Raises:
        SourceError: If a point is outside by more than ten times the longer side.
    """
    most = np.abs(points).max()
    if most > FAR * max(*size, 100):
        raise SourceError(
            f"{place} holds the coordinate {most:.6g}, far outside its image of {size[0]}x{size[1]} (HxW)"
        )
    return points


def is_covered(image: Annotated, labels: Collection[str]) -> bool:
    """Test whether objects with these labels cover every pixel of an image."""
    rest = np.ones(image.size, bool)
    for shape in image.shapes:
        if shape.label in labels:
            patch = shape.draw(image.size)
            rest[patch.window] &= ~patch.mask
    return not rest.any()


def draw_shapes(
    image: Annotated, ids: Mapping[str, int], rest: int = 0
) -> tuple[np.ndarray, np.ndarray, list[Shape]]:
    """Draw the objects of an image, large ones first, so that small ones stay visible.

    Args:
        image: The image.
        ids: Id of every label, `IGNORED` for pixels that are not counted; objects of other labels are left
            out.
        rest: Id of the pixels that no object covers.

    Returns:
        Class map (H, W) uint8; instance map (H, W) uint16, 0 without an instance, in which only the
        largest 65535 objects have a number; objects without a pixel.

    Raises:
        SourceError: If the run lengths of an object belong to another size.
    """
    labels, instances = np.full(image.size, rest, np.uint8), np.zeros(image.size, np.uint16)
    drawn = [(shape, shape.draw(image.size)) for shape in image.shapes if shape.label in ids]
    areas = [int(patch.mask.sum()) for _, patch in drawn]
    number = 0
    for index in sorted(range(len(drawn)), key=lambda i: -areas[i]):
        shape, patch = drawn[index]
        counted = shape.single and ids[shape.label] not in (rest, IGNORED)
        number += counted and areas[index] > 0
        labels[patch.window][patch.mask] = ids[shape.label]
        instances[patch.window][patch.mask] = number if counted and number <= MOST_INSTANCES else 0
    return labels, instances, [shape for (shape, _), area in zip(drawn, areas, strict=True) if not area]
