"""A pinhole camera over flat ground, and a canvas with colour and object number."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

__all__ = ["Camera", "Canvas", "StreetClass"]

SHIFT = 3  # drawing coordinates carry 3 fractional bits
Colour = tuple[float, float, float]


class StreetClass:
    """Class ids of the scenes, in CamVid's order."""

    SKY, BUILDING, POLE, ROAD, PAVEMENT, TREE, SIGN, FENCE, CAR, PEDESTRIAN, BICYCLIST = range(11)


@dataclass(frozen=True)
class Camera:
    """Maps metres to pixels: X to the right, Y up from the ground, Z ahead of the camera.

    Args:
        focal: Focal length in pixels.
        centre: Vanishing point (x, y) in pixels; y is the horizon.
        height: Height of the camera over the ground in metres.
    """

    focal: float
    centre: tuple[float, float]
    height: float

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project points.

        Args:
            points: Float array (..., 3) of X, Y, Z in metres, Z > 0.

        Returns:
            Float array (..., 2) of x, y in pixels.
        """
        points = np.asarray(points, dtype=np.float64)
        scale = self.focal / points[..., 2]
        pixels = np.empty((*points.shape[:-1], 2))
        pixels[..., 0] = self.centre[0] + points[..., 0] * scale
        pixels[..., 1] = self.centre[1] + (self.height - points[..., 1]) * scale
        return pixels


@dataclass
class Canvas:
    """Four channels drawn together: blue, green, red (0..65535) and the number of the topmost object.

    Args:
        height: Height in pixels.
        width: Width in pixels.
        camera: The camera that projects metres.
        haze: Colour (B, G, R), 0..255, that distant objects fade to.
        visibility: Distance in metres at which 63 % of an object's colour is haze.
    """

    height: int
    width: int
    camera: Camera
    haze: Colour
    visibility: float
    pixels: np.ndarray = field(init=False)
    classes: list[int] = field(default_factory=lambda: [StreetClass.SKY])
    instances: list[int] = field(default_factory=lambda: [0])
    distance: float = 1.0
    shade: float = 1.0

    def __post_init__(self) -> None:
        self.pixels = np.zeros((self.height, self.width, 4), np.uint16)

    def start(self, class_id: int, distance: float, thing: bool = False, shade: float = 1.0) -> None:
        """Begin an object: everything drawn from here on belongs to it.

        Args:
            class_id: Class of the object, a `StreetClass` id.
            distance: Distance from the camera in metres, for the haze.
            thing: Whether the object is counted as an instance.
            shade: Factor for its colours, 1 in full light.
        """
        self.classes.append(class_id)
        self.instances.append(max(self.instances) + 1 if thing else 0)
        self.distance = distance
        self.shade = shade

    def paint(self, colour: Colour) -> tuple[float, float, float, float]:
        """Return the value to draw for a colour (B, G, R), 0..255, of the current object."""
        clear = float(np.exp(-self.distance / self.visibility))
        mixed = [
            min(255.0, c * self.shade) * clear + h * (1 - clear)
            for c, h in zip(colour, self.haze, strict=True)
        ]
        return (mixed[0] * 257, mixed[1] * 257, mixed[2] * 257, float(len(self.classes) - 1))

    def polygon(self, points: np.ndarray, colour: Colour) -> None:
        """Fill a polygon given in metres (P, 3)."""
        self.flat_polygon(self.camera.project(points), colour)

    def flat_polygon(self, points: np.ndarray, colour: Colour) -> None:
        """Fill a polygon given in pixels (P, 2)."""
        limit = 8 * max(self.height, self.width)
        fixed = np.rint(np.clip(points, -limit, limit) * (1 << SHIFT)).astype(np.int32)
        cv2.fillPoly(self.pixels, [fixed], self.paint(colour), cv2.LINE_8, SHIFT)

    def quads(self, points: np.ndarray, colour: Colour) -> None:
        """Fill many polygons given in metres (M, P, 3) with one colour."""
        limit = 8 * max(self.height, self.width)
        flat = np.clip(self.camera.project(points), -limit, limit)
        fixed = np.rint(flat * (1 << SHIFT)).astype(np.int32)
        value = self.paint(colour)
        for polygon in fixed:
            cv2.fillConvexPoly(self.pixels, polygon, value, cv2.LINE_8, SHIFT)

    def ellipse(self, centre: Sequence[float], radii: tuple[float, float], colour: Colour) -> None:
        """Fill an upright ellipse facing the camera: centre (3,) and radii (x, y) in metres."""
        scale = self.camera.focal / float(centre[2])
        x = self.camera.centre[0] + float(centre[0]) * scale
        y = self.camera.centre[1] + (self.camera.height - float(centre[1])) * scale
        self.flat_ellipse((x, y), (radii[0] * scale, radii[1] * scale), colour)

    def flat_ellipse(
        self, centre: tuple[float, float], radii: tuple[float, float], colour: Colour, line: float = -1
    ) -> None:
        """Draw an ellipse in pixels; `line` is the width of its outline, or -1 to fill it."""
        unit = 1 << SHIFT
        middle = (round(centre[0] * unit), round(centre[1] * unit))
        axes = (max(1, round(radii[0] * unit)), max(1, round(radii[1] * unit)))
        thickness = -1 if line < 0 else max(1, round(line))
        cv2.ellipse(self.pixels, middle, axes, 0, 0, 360, self.paint(colour), thickness, cv2.LINE_8, SHIFT)

    def line(self, start: np.ndarray, end: np.ndarray, thickness: float, colour: Colour) -> None:
        """Draw a line between two points in metres, `thickness` in metres at the first point."""
        ends = np.rint(self.camera.project(np.stack([start, end])) * (1 << SHIFT)).astype(int)
        pixels = max(1, round(thickness * self.camera.focal / float(start[2])))
        cv2.line(
            self.pixels, ends[0].tolist(), ends[1].tolist(), self.paint(colour), pixels, cv2.LINE_8, SHIFT
        )

    def maps(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the class map (H, W) uint8 and the instance map (H, W) uint16, 0 = no instance."""
        number = self.pixels[..., 3]
        return (
            np.asarray(self.classes, np.uint8)[number],
            np.asarray(self.instances, np.uint16)[number],
        )
