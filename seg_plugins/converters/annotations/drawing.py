"""Drawing of annotated images to mask files, for training as with any folder of masks."""

from collections.abc import Sequence
from os.path import splitext
from pathlib import Path

import numpy as np

from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.progress import track

from ..converter import SourceError
from ..faults import ANNOTATION, DOUBLE, Fault, FaultsError, collected
from ..writing import encode_png, write_bytes
from .class_names import IGNORED, class_ids
from .coco_file import read_coco
from .image_index import ImageIndex
from .labelme_files import read_labelme
from .shapes import MOST_INSTANCES, Annotations, draw_shapes, is_covered

__all__ = ["draw_files"]


def draw_files(
    coco: Path | None,
    labelme: Path | None,
    wanted: Sequence[str] | None,
    index: ImageIndex,
    out: Path,
    faults: list[Fault] | None = None,
) -> tuple[list[str], MaskCode, list[str]]:
    """Read annotation files, and draw them to `labels` and `instances` under `out`.

    Args:
        coco: A COCO file, or None.
        labelme: A folder of Labelme files, if there is no COCO file.
        wanted: Names of the classes in order, or None for all.
        index: The images.
        out: Folder of the results.
        faults: A list that receives the faults of single files; None if the first one is raised.

    Returns:
        Names of the images that have labels, sorted; the code of the masks; notes for the user.

    Raises:
        FaultsError: If faults were collected, and nothing can be drawn because of them.
        SourceError: If the files cannot be interpreted, or two images would share a mask file.
    """
    annotations = read_files(coco, labelme, index, faults)
    covered = lambda labels: all(is_covered(image, labels) for image in annotations.images)  # noqa: E731
    try:
        classes, ids, rest = class_ids(annotations.labels, wanted, annotations.source, covered)
    except SourceError as error:
        if faults:  # the missing classes may be those of annotations with faults
            raise FaultsError([*faults, Fault("classes", str(error))]) from error
        raise
    code = MaskCode.make(classes, None, [IGNORED])
    notes, empty, drawn, stems = list(annotations.notes), [], [], set()
    if left := [repr(label) for label in annotations.labels if label not in ids]:
        notes.append(f"left out, and background where nothing else is: {', '.join(left)}")
    for image in track(annotations.images, "drawing", len(annotations.images)):
        stem = splitext(image.name)[0]
        maps: list = []
        with collected(DOUBLE if stem in stems else ANNOTATION, faults):
            if stem in stems:
                raise SourceError(
                    f"two images are named {stem}, so their masks would share one file: rename one"
                )
            stems.add(stem)
            *maps, bare = draw_shapes(image, ids, rest)
            empty += bare
        if not maps:
            continue
        drawn.append(image.name)
        write_maps(maps, stem, out)
        if len(image.shapes) > MOST_INSTANCES:
            notes.append(f"{image.name}: only the largest {MOST_INSTANCES} objects have an instance number")
    if empty:
        notes.append(f"{len(empty)} objects cover no pixel, such as {empty[0].place}")
    if unlabelled := sorted(index.names - {image.name for image in annotations.images}):
        what = "no entry" if coco else "no Labelme file"
        notes.append(f"{len(unlabelled)} images have {what} and are left out, such as {unlabelled[0]}")
    return sorted(drawn), code, notes


def read_files(
    coco: Path | None, labelme: Path | None, index: ImageIndex, faults: list[Fault] | None
) -> Annotations:
    """Read annotation files, and check that they list images."""
    annotations = read_coco(coco, index, faults) if coco else read_labelme(labelme, index, faults)
    if faults and not annotations.images:
        raise FaultsError(faults)
    if not annotations.images:
        raise SourceError(f"{annotations.source} lists no image")
    return annotations


def write_maps(maps: Sequence[np.ndarray], stem: str, out: Path) -> None:
    """Write the class map and the instance map of an image."""
    for folder, array in zip(("labels", "instances"), maps, strict=True):
        path = out / folder / f"{stem}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, encode_png(array))
