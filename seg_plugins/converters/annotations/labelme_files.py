"""Reading of Labelme files."""

import base64
from pathlib import Path

import numpy as np

from seg_plugins.files.picture_pixels import picture_pixels
from seg_plugins.files.pictures import open_picture

from ..converter import SourceError
from ..faults import ANNOTATION, Fault, collected
from .class_names import is_background
from .image_index import ImageIndex
from .json_fields import Record, numbers, read_json, shortened
from .polygons import Patch
from .shapes import Annotated, Annotations, Shape, check_near

__all__ = ["outline", "read_labelme"]


def read_labelme(folder: Path, index: ImageIndex, faults: list[Fault] | None = None) -> Annotations:
    """Read the Labelme files of a folder; images without a file are unlabelled.

    Args:
        folder: Folder with one JSON file per image.
        index: The images.
        faults: A list that receives the faults of files and shapes; None if the first one is raised.

    Returns:
        The annotations; background first, other labels in alphabetical order.

    Raises:
        SourceError: If there is no file, or a field has a wrong value.
    """
    if not folder.is_dir():
        raise SourceError(f"--labelme {folder} is not a folder")
    paths = [path for path in sorted(folder.rglob("*.json")) if not path.name.startswith(".")]
    if not paths:
        raise SourceError(f"{folder} holds no Labelme file (*.json)")
    images: dict[str, Annotated] = {}
    for path in paths:
        with collected(ANNOTATION, faults):
            image = read_file(path, path.relative_to(folder).parent.as_posix(), index, faults)
            if image.name in images:
                raise SourceError(f"{path}: another file is also of the image {image.name}")
            images[image.name] = image
    labels = {shape.label for image in images.values() for shape in image.shapes}
    bare = [image.name for image in images.values() if not image.shapes]
    notes = [f"{len(bare)} images have no shape and are background, such as {bare[0]}"] if bare else []
    order = sorted(labels, key=lambda label: (not is_background(label), label))
    return Annotations(folder, order, list(images.values()), notes)


def read_file(path: Path, beside: str, index: ImageIndex, faults: list[Fault] | None) -> Annotated:
    """Read one file in the folder `beside`, relative to the root of the files."""
    content = read_json(path)
    if not isinstance(content, dict) or "shapes" not in content:
        raise SourceError(f"{path} is not a Labelme file: it has no 'shapes'")
    top = Record(content, str(path))
    written = top.path("imagePath")
    name = index.find(written, beside)
    if name is None:
        inside = ", but inside the file (imageData): save it there" if content.get("imageData") else ""
        raise SourceError(f"{path}: its image {shortened(written, 200)} is not in {index.folder}{inside}")
    size = index.size(name, top, "imageHeight", "imageWidth")
    shapes: list[Shape] = []
    groups: dict[tuple[str, int | str], int] = {}
    for record in top.records("shapes"):
        with collected(ANNOTATION, faults):
            shape = read_shape(record, size)
            if record.fields.get("group_id") is None:
                shapes.append(shape)
                continue
            place = groups.setdefault((shape.label, record.identity("group_id")), len(shapes))
            if place < len(shapes):
                first = shapes[place]
                rings, patches = first.rings + shape.rings, first.patches + shape.patches
                shapes[place] = Shape(first.label, first.place, rings, patches=patches)
            else:
                shapes.append(shape)
    return Annotated(name, size, shapes)


def read_shape(record: Record, size: tuple[int, int]) -> Shape:
    """Read one shape of an image of that height and width."""
    label, kind = record.text("label"), record.fields.get("shape_type") or "polygon"
    points = record.fields.get("points")
    if not isinstance(points, list) or not points:
        raise record.wrong("points", "a list of points")
    pairs = [numbers(point, f"{record.place}: points[{i}]") for i, point in enumerate(points)]
    if any(len(pair) != 2 for pair in pairs):
        raise record.wrong("points", "a list of points, each x and y")
    corners = check_near(np.array(pairs), size, f"{record.place}: 'points'")
    if kind == "mask":
        return Shape(label, record.place, patches=(read_bitmap(record, corners, size),))
    return Shape(label, record.place, (outline(corners, kind, record),))


def outline(points: np.ndarray, kind: str, record: Record) -> np.ndarray:
    """Return the outline (P, 2) of a shape with an area.

    Raises:
        SourceError: If the shape has no area, or a wrong number of points for its kind.
    """
    if kind == "polygon" or (kind in ("rectangle", "rotation", "oriented_rectangle") and len(points) == 4):
        return points
    if kind not in ("rectangle", "circle"):
        raise SourceError(
            f"{record.place} is a {shortened(kind)}, which has no area: only polygon, rectangle, circle and "
            "mask have; draw it as one of these, or delete it"
        )
    if len(points) != 2:
        raise record.wrong("points", f"the two points of a {kind}")
    if kind == "rectangle":
        (left, top), (right, bottom) = points
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    radius = np.hypot(*(points[1] - points[0]))
    angles = np.linspace(0, 2 * np.pi, max(64, int(8 * np.sqrt(radius))), endpoint=False)
    return points[0] + radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def read_bitmap(record: Record, points: np.ndarray, size: tuple[int, int]) -> Patch:
    """Read the bitmap of a mask shape, which covers the rectangle of its two points, both included."""
    try:
        data = base64.b64decode(record.text("mask"), validate=True)
        with open_picture(data, ["PNG"]) as picture:
            mask = picture_pixels(picture, data, "L")
    except (OSError, SyntaxError, ValueError) as error:
        raise SourceError(f"{record.place}: 'mask' is not an image: {error}") from error
    (left, top), (right, bottom) = np.rint(points[[0, -1]]).astype(int).tolist()
    if mask.shape != (bottom - top + 1, right - left + 1):
        raise SourceError(
            f"{record.place}: 'mask' is {'x'.join(map(str, mask.shape))}, but its points span "
            f"{bottom - top + 1}x{right - left + 1} (HxW)"
        )
    rows = slice(max(0, -top), max(0, size[0] - top))
    columns = slice(max(0, -left), max(0, size[1] - left))
    return Patch(max(top, 0), max(left, 0), mask[rows, columns] > 0)
