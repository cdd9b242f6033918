"""Class maps as polygons along the edges of pixels, and these as GeoJSON."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

__all__ = ["Region", "find_regions", "geojson", "ring_area", "simplify", "trace_rings"]

Ring = np.ndarray
# Right, down, left, up; with the area on the right hand a ring runs clockwise (y points down).
STEPS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])


@dataclass
class Region:
    """One connected area (4-neighbours) of a class; x right, y down, (0, 0) the image's upper left corner.

    Attributes:
        label: Class id.
        outline: (M, 2) float corners, clockwise as seen, not closed.
        holes: The same for each hole, counterclockwise.
        area: Pixels.
    """

    label: int
    outline: Ring
    area: int
    holes: list[Ring] = field(default_factory=list)


def boundary_edges(mask: np.ndarray) -> np.ndarray:
    """Edges between mask and rest: (E, 5) of start x, start y, direction (see `STEPS`), pixel x, pixel y."""
    padded = np.pad(mask, 1)
    inner = padded[1:-1, 1:-1]
    outside = (padded[:-2, 1:-1], padded[1:-1, 2:], padded[2:, 1:-1], padded[1:-1, :-2])
    starts = ((0, 0), (1, 0), (1, 1), (0, 1))
    parts = []
    for direction, (neighbour, (dx, dy)) in enumerate(zip(outside, starts, strict=True)):
        ys, xs = np.nonzero(inner & ~neighbour)
        parts.append(np.stack([xs + dx, ys + dy, np.full_like(xs, direction), xs, ys], axis=1))
    return np.concatenate(parts)


def trace_rings(mask: np.ndarray) -> Iterator[tuple[Ring, tuple[int, int]]]:
    """Closed rings around a (H, W) bool mask, only their corners; diagonal pixels are not connected.

    Yields:
        (M, 2) float corners, clockwise around areas and counterclockwise around holes, and the (x, y) of a
        pixel of the mask that touches the ring.
    """
    edges = boundary_edges(mask)
    leaving: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for index, (x, y, direction) in enumerate(edges[:, :3].tolist()):
        leaving[x, y][direction] = index
    rows = edges.tolist()
    used = [False] * len(rows)
    for first in range(len(rows)):
        corners, index = [], first
        while not used[index]:
            used[index] = True
            x, y, direction = rows[index][:3]
            ways = leaving[x + int(STEPS[direction][0]), y + int(STEPS[direction][1])]
            turn = next(t for t in (1, 0, 3) if (direction + t) % 4 in ways)
            following = ways[(direction + turn) % 4]
            if turn:
                corners.append(rows[following][:2])
            index = following
        if corners:
            yield np.array(corners, float), (rows[first][3], rows[first][4])


def ring_area(ring: Ring) -> float:
    """Area inside a ring; positive where it runs clockwise as seen (shoelace formula)."""
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def simplify(ring: Ring, tolerance: float) -> Ring:
    """Leave out corners within `tolerance` of the line (Douglas and Peucker 1973); keep triangles."""
    if tolerance <= 0:
        return ring
    fewer = cv2.approxPolyDP(ring.astype(np.float32), tolerance, True)[:, 0, :].astype(float)
    return fewer if len(fewer) >= 3 else ring


def find_regions(labels: np.ndarray, ignore: Sequence[int] = (), min_area: int = 1) -> list[Region]:
    """The connected areas of a class map, as polygons with holes.

    Args:
        labels: (H, W) class ids.
        ignore: Ids that are left out.
        min_area: Smallest area in pixels.
    """
    found: list[Region] = []
    for label in np.setdiff1d(np.unique(labels), ignore):
        mask = labels == label
        _, components, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
        regions: dict[int, Region] = {}
        holes: dict[int, list[Ring]] = defaultdict(list)
        for ring, (x, y) in trace_rings(mask):
            component = int(components[y, x])
            area = int(stats[component, cv2.CC_STAT_AREA])
            if area < min_area:
                continue
            if ring_area(ring) > 0:
                regions[component] = Region(int(label), ring, area)
            else:
                holes[component].append(ring)
        for component, region in regions.items():
            region.holes = holes[component]
            found.append(region)
    return found


def geojson(regions: Sequence[Region], classes: Sequence[str], tolerance: float = 0.0) -> dict[str, Any]:
    """A GeoJSON FeatureCollection (RFC 7946) of polygons; x right, y down, in pixels.

    Args:
        regions: What `find_regions` gives.
        classes: Class names.
        tolerance: Largest distance in pixels by which an outline may be simplified.
    """
    features = []
    for region in regions:
        rings = [simplify(ring, tolerance).tolist() for ring in (region.outline, *region.holes)]
        properties = {
            "class_id": region.label, "class": classes[region.label], "area_pixels": region.area,
        }  # fmt: skip
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}
