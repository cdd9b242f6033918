"""The areas of a class raster as GeoJSON in map coordinates."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .polygons import feature, simplify
from .raster_files import open_quietly

__all__ = ["write_map_polygons"]


def map_placement(dataset: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that converts (M, 2) pixel coordinates (x, y) of a raster to map coordinates."""
    matrix = np.array(dataset.transform).reshape(3, 3)
    points, _ = dataset.gcps
    if not points or not dataset.transform.is_identity:
        return lambda ring: ring @ matrix[:2, :2].T + matrix[:2, 2]
    from rasterio.transform import GCPTransformer

    transformer = GCPTransformer(points, tps=True)  # interpolates every point exactly
    return lambda ring: np.column_stack(transformer.xy(ring[:, 1], ring[:, 0], offset="ul"))


def features_of(
    path: Path, classes: Sequence[str], min_area: int, tolerance: float
) -> Iterator[dict[str, Any]]:
    """Yield GeoJSON features of a class raster in map coordinates; ids of K and above are left out."""
    import rasterio
    from rasterio.features import shapes

    with open_quietly(path) as dataset:
        matrix = np.array(dataset.transform).reshape(3, 3)
        to_pixels, place = np.linalg.inv(matrix[:2, :2].T), map_placement(dataset)
        for geometry, value in shapes(rasterio.band(dataset, 1), connectivity=4):
            placed = [np.array(ring[:-1]) for ring in geometry["coordinates"]]
            rings = [np.rint((ring - matrix[:2, 2]) @ to_pixels) for ring in placed]
            areas = [cv2.contourArea(ring.astype(np.float32)) for ring in rings]
            area = round(areas[0] - sum(areas[1:]))
            label = int(value)
            if area >= min_area and label < len(classes):
                yield feature(label, classes, area, [place(simplify(ring, tolerance)) for ring in rings])


def write_map_polygons(
    source: Path, target: Path, classes: Sequence[str], min_area: int = 1, tolerance: float = 0.0
) -> None:
    """Write the areas of a class raster as GeoJSON, one feature per line, in bounded memory.

    The coordinates are those of the raster. The member `crs` names its coordinate system: RFC 7946 removed
    the member, but map programs read it.

    Args:
        source: The class raster.
        target: The GeoJSON file.
        classes: Class names.
        min_area: Smallest area in pixels.
        tolerance: Largest distance in pixels by which an outline may be simplified.
    """
    with open_quietly(source) as dataset:
        crs = dataset.crs or dataset.gcps[1]
        name = crs.to_string() if crs else None
    head: dict[str, Any] = {"type": "FeatureCollection"}
    if name:
        head["crs"] = {"type": "name", "properties": {"name": name}}
    with open(target, "w") as file:
        file.write(json.dumps(head)[:-1] + ', "features": [')
        for number, feature in enumerate(features_of(source, classes, min_area, tolerance)):
            file.write((",\n" if number else "\n") + json.dumps(feature))
        file.write("\n]}\n")
