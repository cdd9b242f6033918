"""Class maps as polygons along the edges of pixels, and polygons as GeoJSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

__all__ = ["Region", "feature", "find_regions", "geojson", "simplify"]

Ring = np.ndarray


@dataclass
class Region:
    """One connected area (4-neighbours) of a class; x right, y down, (0, 0) the image's upper left corner.

    Attributes:
        label: Class id.
        outline: (M, 2) float corners, clockwise as displayed, not closed.
        holes: The corners of each hole, counterclockwise.
        area: Number of pixels.
    """

    label: int
    outline: Ring
    area: int
    holes: list[Ring] = field(default_factory=list)


def rings_of(mask: np.ndarray) -> list[Ring]:
    """Trace the outline and the holes of one connected (H, W) bool mask, along the edges of its pixels.

    `cv2.findContours` traces the centres of pixels. In a mask of twice the size, each of these lies at an
    edge of an original pixel.

    Returns:
        (M, 2) float corners of each ring, the outline first, clockwise as displayed; holes are
        counterclockwise.
    """
    double = mask.astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    contours, _ = cv2.findContours(double, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    rings = ((contour[::-1, 0] + 1) // 2 for contour in contours)
    return [ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)].astype(float) for ring in rings]


def simplify(ring: Ring, tolerance: float) -> Ring:
    """Remove corners within `tolerance` of the line (Douglas and Peucker 1973), but keep triangles."""
    if tolerance <= 0:
        return ring
    fewer = cv2.approxPolyDP(ring.astype(np.float32), tolerance, True)[:, 0, :].astype(float)
    return fewer if len(fewer) >= 3 else ring


def find_regions(labels: np.ndarray, ignore: Sequence[int] = (), min_area: int = 1) -> list[Region]:
    """Find the connected areas of a class map, as polygons with holes.

    Args:
        labels: (H, W) class ids.
        ignore: Ids that are left out.
        min_area: Smallest area in pixels.
    """
    found = []
    for label in np.setdiff1d(np.unique(labels), ignore).tolist():
        mask = (labels == label).astype(np.uint8)
        _, components, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for number, (x, y, width, height, area) in enumerate(stats[1:].tolist(), 1):
            if area >= min_area:
                rings = rings_of(components[y : y + height, x : x + width] == number)
                outline, *holes = (ring + np.array([x, y]) for ring in rings)
                found.append(Region(label, outline, area, holes))
    return found


def feature(label: int, classes: Sequence[str], area: int, rings: Sequence[Ring]) -> dict[str, Any]:
    """Build a polygon feature of a GeoJSON file (RFC 7946).

    Args:
        label: Class id.
        classes: Class names.
        area: Number of pixels.
        rings: Outline and holes, (M, 2) corners each, not closed.
    """
    coordinates = [[*ring, ring[0]] for ring in (ring.tolist() for ring in rings)]
    return {
        "type": "Feature",
        "properties": {"class_id": label, "class": classes[label], "area_pixels": area},
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }


def geojson(regions: Sequence[Region], classes: Sequence[str], tolerance: float = 0.0) -> dict[str, Any]:
    """Build a GeoJSON FeatureCollection (RFC 7946) of polygons; x right, y down, in pixels.

    Args:
        regions: Regions from `find_regions`.
        classes: Class names.
        tolerance: Largest distance in pixels by which an outline may be simplified.
    """
    features = [
        feature(r.label, classes, r.area, [simplify(ring, tolerance) for ring in (r.outline, *r.holes)])
        for r in regions
    ]
    return {"type": "FeatureCollection", "features": features}
