"""Reading of COCO instance files."""

from collections import Counter
from pathlib import Path

import numpy as np

from ..converter import SourceError
from ..faults import ANNOTATION, NO_IMAGE, Fault, collected
from .image_index import ImageIndex
from .json_fields import Record, numbers, read_json, shortened
from .polygons import expand_counts
from .shapes import Annotated, Annotations, Shape, check_near

__all__ = ["read_coco"]

LISTS = ("images", "categories", "annotations")


def read_coco(path: Path, index: ImageIndex, faults: list[Fault] | None = None) -> Annotations:
    """Read a COCO instance file. An image in it without an annotation is background only.

    Args:
        path: A JSON file with `images`, `categories` and `annotations`.
        index: The images.
        faults: A list that receives the faults of images and annotations; None if the first one is raised.

    Returns:
        The annotations; labels in the order of their ids.

    Raises:
        SourceError: If the file is not a COCO instance file, or a field has a wrong value.
    """
    content = read_json(path)
    missing = [name for name in LISTS if not isinstance(content, dict) or name not in content]
    if missing:
        raise SourceError(f"{path} is not a COCO instance file: it has no {', '.join(map(repr, missing))}")
    top = Record(content, str(path))
    notes: list[str] = []
    names = read_categories(top, notes)
    images = read_images(top, index, faults)
    for record in top.records("annotations"):
        with collected(ANNOTATION, faults):
            add_annotation(record, images, names)
    found = [image for image in images.values() if image is not None]
    bare = [image.name for image in found if not image.shapes]
    if bare:
        notes.append(f"{len(bare)} images of {path} have no annotation and are background, such as {bare[0]}")
    return Annotations(path, list(dict.fromkeys(names.values())), found, notes)


def add_annotation(
    record: Record, images: dict[int | str, Annotated | None], names: dict[int | str, str]
) -> None:
    """Add one object to its image, unless the image itself has a fault.

    Args:
        record: The object.
        images: Images by id; None for one with a fault.
        names: Names of the categories by id.
    """
    number, category = record.identity("image_id"), record.identity("category_id")
    if number not in images:
        raise SourceError(f"{record.place} is of the image {number!r}, which 'images' does not list")
    if category not in names:
        raise SourceError(f"{record.place} is of category {category!r}, which 'categories' does not list")
    image = images[number]
    if image is not None:
        image.shapes.append(read_annotation(record, names[category], image.size))


def read_categories(top: Record, notes: list[str]) -> dict[int | str, str]:
    """Read the names of the categories by id, in the order of the ids."""
    names: dict[int | str, str] = {}
    for record in top.records("categories"):
        category = record.identity("id")
        if category in names:
            raise SourceError(f"{record.place}: another category also has the id {category!r}")
        names[category] = record.text("name")
    for name, times in Counter(names.values()).items():
        if times > 1:
            ids = ", ".join(repr(key) for key in names if names[key] == name)
            notes.append(f"the categories {ids} are all named {name!r}: they are one class")
    return {key: names[key] for key in sorted(names, key=lambda key: (isinstance(key, str), key))}


def read_images(
    top: Record, index: ImageIndex, faults: list[Fault] | None
) -> dict[int | str, Annotated | None]:
    """Read the images by id; None for one with a fault."""
    images: dict[int | str, Annotated | None] = {}
    names: set[str] = set()
    lost: list[str] = []
    for record in top.records("images"):
        with collected(ANNOTATION, faults):
            number = record.identity("id")
            if number in images:
                raise SourceError(f"{record.place}: another image also has the id {number!r}")
            images[number] = None
            written = record.path("file_name")
            name = index.find(written)
            if name in names:
                raise SourceError(f"{record.place}: another entry is also of the image {name}")
            if name is None:
                lost.append(f"{record.place}: {shortened(written, 200)}")
                continue
            names.add(name)
            images[number] = Annotated(name, index.size(name, record, "height", "width"))
    if lost and faults is not None:
        faults += [Fault(NO_IMAGE, f"{one} is not in {index.folder}") for one in lost]
    elif lost:
        raise SourceError(
            f"{len(lost)} annotated images are not in {index.folder}, such as {lost[0]}: pass the folder "
            "that 'file_name' is relative to as --images, or correct 'file_name'"
        )
    return images


def read_annotation(record: Record, label: str, size: tuple[int, int]) -> Shape:
    """Read one object."""
    crowd, outline = record.fields.get("iscrowd"), record.fields.get("segmentation")
    crowd = int(crowd) if crowd in ("0", "1") else crowd
    if crowd not in (None, 0, 1):
        raise record.wrong("iscrowd", "0 or 1")
    if not outline or not isinstance(outline, list | dict):
        raise record.wrong("segmentation", "polygons or run lengths; a box does not define pixels")
    place, single = f"{record.place}: 'segmentation'", not crowd
    if isinstance(outline, dict):
        return Shape(label, place, counts=read_counts(Record(outline, place), size), single=single)
    nested = [outline] if type(outline[0]) in (int, float) else outline
    rings = [numbers(ring, f"{place}[{i}]") for i, ring in enumerate(nested)]
    for ring in rings:
        if len(ring) % 2 or len(ring) < 4:
            raise SourceError(f"{place} holds {len(ring)} numbers, which are not x1, y1, x2, y2, ...")
    return Shape(label, place, tuple(check_near(r.reshape(-1, 2), size, place) for r in rings), single=single)


def read_counts(record: Record, size: tuple[int, int]) -> np.ndarray:
    """Read run lengths, as numbers or as compressed text."""
    if record.fields.get("size") != list(size):
        raise record.wrong("size", f"that of the image, {list(size)} (HxW)")
    counts = record.fields.get("counts")
    if isinstance(counts, str):
        try:
            return expand_counts(counts)
        except ValueError as error:
            raise record.wrong("counts", f"run lengths ({error})") from error
    if not isinstance(counts, list) or not all(type(c) is int and 0 <= c < 2**31 for c in counts):
        raise record.wrong("counts", "run lengths")
    return np.array(counts, np.int64)
