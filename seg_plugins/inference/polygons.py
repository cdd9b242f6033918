"""Class maps as polygons along the edges of pixels: GeoJSON features and COCO annotations."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

__all__ = ["Region", "coco_annotations", "find_regions", "geojson", "ring_area", "trace_rings"]

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


def find_regions(
    labels: np.ndarray, ignore: Sequence[int] = (), min_area: int = 1, tolerance: float = 0.0
) -> list[Region]:
    """The connected areas of a class map, as polygons with holes.

    Args:
        labels: (H, W) class ids.
        ignore: Ids that are left out.
        min_area: Smallest area in pixels.
        tolerance: Largest distance in pixels by which an outline may be simplified.
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
                regions[component] = Region(int(label), simplify(ring, tolerance), area)
            else:
                holes[component].append(simplify(ring, tolerance))
        for component, region in regions.items():
            region.holes = holes[component]
            found.append(region)
    return found


def geojson(
    regions: Sequence[Region], classes: Sequence[str], to_map: Callable[[Ring], Ring] | None = None
) -> dict[str, Any]:
    """A GeoJSON FeatureCollection (RFC 7946) of polygons.

    Args:
        regions: What `find_regions` gives.
        classes: Class names.
        to_map: Takes pixel corners (M, 2) to coordinates; without it they stay x right, y down, in pixels.
    """

    def closed(ring: Ring) -> list[list[float]]:
        points = ring if to_map is None else to_map(ring)
        return [*points.tolist(), points[0].tolist()]

    features = [
        {
            "type": "Feature",
            "properties": {"class_id": r.label, "class": classes[r.label], "area_pixels": r.area},
            "geometry": {"type": "Polygon", "coordinates": [closed(ring) for ring in (r.outline, *r.holes)]},
        }
        for r in regions
    ]
    return {"type": "FeatureCollection", "features": features}


def coco_annotations(regions: Sequence[Region], image_id: int, first_id: int) -> list[dict[str, Any]]:
    """COCO annotations with polygons; COCO's polygons have no holes, so a region with holes gets its outline.

    Args:
        regions: What `find_regions` gives.
        image_id: Of the image.
        first_id: Of the first annotation.
    """
    annotations = []
    for number, region in enumerate(regions):
        (left, top), (right, bottom) = region.outline.min(axis=0), region.outline.max(axis=0)
        annotations.append(
            {
                "id": first_id + number,
                "image_id": image_id,
                "category_id": region.label,
                "segmentation": [region.outline.ravel().tolist()],
                "bbox": [left, top, right - left, bottom - top],
                "area": region.area,
                "iscrowd": 0,
            }
        )
    return annotations
