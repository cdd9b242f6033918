"""Street scenes drawn by code, with class and instance of every pixel known."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from .street_canvas import Camera, Canvas, StreetClass
from .street_objects import (
    draw_bicyclist,
    draw_building,
    draw_car,
    draw_fence,
    draw_lamp,
    draw_pedestrian,
    draw_sign,
    draw_tree,
)

__all__ = ["VERSION", "StreetScene", "render_street"]

VERSION = 2  # to be raised if the same arguments produce another image

SUPERSAMPLING = 2
# Strength of the surface noise, per class in CamVid's order.
TEXTURE = np.array([0.03, 0.10, 0.06, 0.09, 0.10, 0.34, 0.04, 0.12, 0.05, 0.10, 0.10], np.float32)


class StreetScene(NamedTuple):
    """One rendered scene.

    Attributes:
        image: (H, W, 3) uint8, blue-green-red as OpenCV writes it.
        labels: (H, W) uint8, class ids 0..10 in CamVid's order.
        instances: (H, W) uint16, 1.. for every visible car, pedestrian and bicyclist, 0 elsewhere.
    """

    image: np.ndarray
    labels: np.ndarray
    instances: np.ndarray


def render_street(seed: int, index: int, height: int = 128, width: int = 256) -> StreetScene:
    """Draw one street scene; the same arguments always produce the same scene.

    Args:
        seed: Seed of the data set, >= 0.
        index: Number of the scene, >= 0.
        height: Height in pixels, >= 16.
        width: Width in pixels, >= 16.

    Returns:
        Image, class map and instance map.

    Raises:
        ValueError: If a side is below 16 pixels.

    >>> scene = render_street(seed=0, index=0, height=64, width=96)
    >>> scene.image.shape, scene.labels.dtype.name, int(scene.labels.max()) <= 10
    ((64, 96, 3), 'uint8', True)
    """
    if min(height, width) < 16:
        raise ValueError(f"a scene of {height}x{width} (HxW) is too small: use at least 16x16")
    rng = np.random.default_rng([seed, index])
    canvas, light = set_up(rng, height * SUPERSAMPLING, width * SUPERSAMPLING)
    road_left, road_right = -rng.uniform(3.2, 6.5), rng.uniform(3.2, 6.5)
    draw_ground(canvas, rng, road_left, road_right)
    for _, draw in sorted(furnish(canvas, rng, road_left, road_right, light), key=lambda o: -o[0]):
        draw()
    labels, instances = canvas.maps()
    image = finish(canvas, rng, labels, light)
    step = slice(SUPERSAMPLING // 2, None, SUPERSAMPLING)
    image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    noisy = image + rng.uniform(1, 6) * rng.standard_normal(image.shape, dtype=np.float32)
    return StreetScene(
        np.clip(np.rint(noisy), 0, 255).astype(np.uint8),
        np.ascontiguousarray(labels[step, step]),
        renumber(instances[step, step]),
    )


def renumber(instances: np.ndarray) -> np.ndarray:
    """Renumber the instances that are still visible as 1, 2, ... without gaps, (H, W) uint16."""
    values, inverse = np.unique(instances, return_inverse=True)
    numbers = np.arange(len(values)) + (values[0] != 0)
    return numbers[inverse].reshape(instances.shape).astype(np.uint16)


def set_up(rng: np.random.Generator, height: int, width: int) -> tuple[Canvas, float]:
    """Choose camera and weather and paint the sky; return the canvas and the light, 0.6..1.15."""
    light = rng.uniform(0.6, 1.15)
    overcast = rng.random() < 0.4
    zenith = np.array([205, 200, 195] if overcast else [215, 150, 95], np.float32) * np.float32(light)
    horizon = np.array([225, 225, 225] if overcast else [240, 222, 205], np.float32) * np.float32(light)
    horizon = np.minimum(horizon, 255)
    camera = Camera(
        focal=rng.uniform(0.62, 0.85) * max(width, height),
        centre=(width * rng.uniform(0.4, 0.6), height * rng.uniform(0.36, 0.48)),
        height=rng.uniform(1.3, 1.9),
    )
    canvas = Canvas(height, width, camera, tuple((horizon * 0.9).tolist()), visibility=rng.uniform(70, 260))
    above = min(height, int(camera.centre[1]) + 2)  # rows that can show sky
    rows = np.linspace(0, 1, above, dtype=np.float32)[:, None, None] ** 0.7
    clouds = cv2.resize(rng.random((5, 9), np.float32), (width, above), interpolation=cv2.INTER_CUBIC)
    clouds += 0.5 * cv2.resize(rng.random((11, 19), np.float32), (width, above))
    sky = zenith * (1 - rows) + horizon * rows
    white = np.clip((clouds - 0.85) * 1.6, 0, 0.9)[..., None] * np.float32(0.3 if overcast else 1.0)
    sky = sky * (1 - white) + np.float32(min(248.0 * light, 255)) * white
    canvas.pixels[:above, :, :3] = np.clip(sky, 0, 255) * 257
    return canvas, light


def strip(canvas: Canvas, left: float, right: float, near: float, far: float) -> np.ndarray:
    """Return the corners (4, 3) of a strip on the ground."""
    return np.array([[left, 0, near], [right, 0, near], [right, 0, far], [left, 0, far]])


def draw_ground(canvas: Canvas, rng: np.random.Generator, left: float, right: float) -> None:
    """Draw pavement, road, kerbs and markings; `left` and `right` bound the road, in metres."""
    near, far = 0.6, 400.0
    grey = rng.uniform(120, 165)
    asphalt = rng.uniform(72, 112)
    canvas.start(StreetClass.PAVEMENT, 12)
    top = canvas.camera.project(np.array([0, 0, far]))[1]
    canvas.flat_polygon(
        np.array([[0, top], [canvas.width, top], [canvas.width, canvas.height], [0, canvas.height]]),
        (grey, grey * 1.02, grey * 1.04),
    )
    joints = np.arange(2.0, 30.0, 1.5)[:, None] + np.array([0, 0, 0.06, 0.06])
    for a, b in ((left - 12, left), (right, right + 12)):
        lines = np.stack(np.broadcast_arrays(np.array([[a, b, b, a]]), 0.0, joints), axis=-1)
        canvas.quads(lines, (grey * 0.86, grey * 0.87, grey * 0.88))
    for a, b in ((left - 0.25, left), (right, right + 0.25)):
        canvas.polygon(strip(canvas, a, b, near, far), (grey * 1.18, grey * 1.18, grey * 1.18))
    canvas.start(StreetClass.ROAD, 12)
    canvas.polygon(strip(canvas, left, right, near, far), (asphalt * 1.03, asphalt, asphalt * 0.99))
    gutter = (asphalt * 0.78,) * 3
    for a, b in ((left, left + 0.3), (right - 0.3, right)):
        canvas.polygon(strip(canvas, a, b, near, far), gutter)
    paint = (205, 212, 214)
    centre = (left + right) / 2
    offset = rng.uniform(0, 6)
    for z in np.arange(2.0 + offset, 70, 6.0):
        canvas.polygon(strip(canvas, centre - 0.07, centre + 0.07, z, z + 2.8), paint)
    if rng.random() < 0.3:  # a zebra crossing
        z = rng.uniform(7, 25)
        for x in np.arange(left + 0.4, right - 0.6, 1.0):
            canvas.polygon(strip(canvas, x, x + 0.5, z, z + 3), paint)


def furnish(
    canvas: Canvas, rng: np.random.Generator, left: float, right: float, light: float
) -> list[tuple[float, Callable[[], None]]]:
    """Choose the objects of the street: pairs of distance in metres and a function that draws the object."""
    objects = []

    def put(z: float, function: Callable[..., None], *args: object) -> None:
        own = np.random.default_rng(rng.integers(1 << 62))
        objects.append((z, lambda: function(canvas, own, *args)))

    for side, edge in ((-1, left), (1, right)):
        front = edge + side * rng.uniform(2.2, 4.5)
        lit = float(np.clip(light * rng.uniform(0.75, 1.15), 0.5, 1.2))
        green = rng.random() < 0.25
        z = rng.uniform(2.0, 9.0)
        while z < 120:
            length = rng.uniform(7, 16)
            if not green or rng.random() < 0.3:
                put(z + length * 0.5, draw_building, front, z, z + length, lit)
            else:
                for _ in range(3):
                    put(
                        z + length * 0.5,
                        draw_tree,
                        front + side * rng.uniform(1, 5),
                        z + rng.uniform(0, length),
                        light,
                    )
                put(z + length * 0.2, draw_fence, front, z, z + length)
            z += length + (rng.uniform(2, 8) if rng.random() < 0.25 else 0.0)
        for z in np.arange(rng.uniform(6, 16), 70, rng.uniform(14, 24)):
            put(z, draw_lamp, edge + side * 0.5, z)
        for z in rng.uniform(7, 60, rng.integers(0, 5)):
            put(z, draw_tree, edge + side * rng.uniform(0.9, 1.6), z, light)
        for z in rng.uniform(6, 30, rng.integers(0, 3)):
            put(z, draw_sign, edge + side * rng.uniform(0.4, 0.8), z)
        for z in rng.uniform(4, 32, rng.integers(0, 6)):
            put(z, draw_pedestrian, edge + side * rng.uniform(0.5, 2.0), z, light)
        if rng.random() < 0.35:
            z = rng.uniform(4, 14)
            put(z, draw_fence, edge + side * 0.3, z, z + rng.uniform(4, 10))
        for z in rng.uniform(4.5, 24, rng.integers(0, 3)):
            put(z, draw_bicyclist, edge - side * rng.uniform(0.5, 1.2), z, light)
        put_cars(rng, put, canvas, edge, side, light)
    if rng.random() < 0.3:
        z = rng.uniform(6, 22)
        put(z, draw_pedestrian, rng.uniform(left + 1, right - 1), z, light)
    return objects


def put_cars(
    rng: np.random.Generator, put: Callable[..., None], canvas: Canvas, edge: float, side: int, light: float
) -> None:
    """Add the moving cars of one side and, if the road is wide, its row of parked ones."""
    z = rng.uniform(7, 30)
    while z < 80:
        x = edge * (0.5 if abs(edge) < 4.6 else 0.32)
        put(z, draw_shadowed_car, x + rng.uniform(-0.2, 0.2), z, side < 0, light)
        z += rng.uniform(9, 45)
    if abs(edge) > 4.6 and rng.random() < 0.75:
        z = rng.uniform(4.5, 12)
        while z < 60:
            if rng.random() < 0.7:
                put(z, draw_shadowed_car, edge - side * 1.1, z, side < 0, light)
            z += rng.uniform(5.4, 7)


def draw_shadowed_car(
    canvas: Canvas, rng: np.random.Generator, x: float, z: float, oncoming: bool, light: float
) -> None:
    """Draw a car and the dark road under it."""
    canvas.start(StreetClass.ROAD, z)
    canvas.polygon(strip(canvas, x - 1.05, x + 1.05, max(z - 0.3, 0.7), z + 4.6), (38, 38, 40))
    draw_car(canvas, rng, x, z, oncoming, light)


def finish(canvas: Canvas, rng: np.random.Generator, labels: np.ndarray, light: float) -> np.ndarray:
    """Add surface texture, shadows and lens effects; return (2H, 2W, 3) float32, 0..255."""
    height, width = labels.shape
    image = canvas.pixels[..., :3].astype(np.float32) / 257
    coarse, fine = (
        cv2.resize(rng.standard_normal((height // n, width // n), dtype=np.float32), (width, height))
        for n in (8, 2)
    )
    factor = 1 + TEXTURE[labels] * (0.6 * coarse + 0.7 * fine)
    ground = (labels == StreetClass.ROAD) | (labels == StreetClass.PAVEMENT)
    shadow = np.ones((height, width), np.float32)
    if light > 0.8:
        side = rng.choice([-1.0, 1.0])
        reach = rng.uniform(-3, 4)
        edge = strip(canvas, side * 40, -side * reach, 0.6, 300)
        polygon = np.rint(np.clip(canvas.camera.project(edge), -9e3, 9e3)).astype(np.int32)
        cv2.fillPoly(shadow, [polygon], rng.uniform(0.5, 0.75))
        shadow = cv2.GaussianBlur(shadow, (0, 0), height / 128)
    else:
        factor[ground] *= 0.95
    factor[ground] *= shadow[ground]
    y, x = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    factor *= 1 - 0.16 * (y[:, None] ** 2 + x**2)  # the lens darkens towards the corners
    image *= factor[..., None]
    tint = 1 + rng.uniform(-0.06, 0.06, 3)
    return np.clip(image * tint.astype(np.float32), 0, 255)
