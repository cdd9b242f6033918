"""The objects of a street, each drawn in metres on a `Canvas`."""

import numpy as np

from .street_canvas import Canvas, Colour, StreetClass

__all__ = [
    "draw_bicyclist",
    "draw_building",
    "draw_car",
    "draw_fence",
    "draw_lamp",
    "draw_pedestrian",
    "draw_sign",
    "draw_tree",
]

BRICKS: list[Colour] = [
    (70, 84, 140), (96, 120, 165), (140, 160, 178), (165, 172, 176), (110, 118, 126),
    (120, 145, 190), (88, 98, 112), (150, 140, 128),
]  # fmt: skip
CAR_PAINT: list[Colour] = [
    (40, 40, 44), (190, 190, 190), (225, 226, 228), (120, 60, 30), (36, 36, 150),
    (110, 112, 116), (70, 90, 50), (60, 150, 190),
]  # fmt: skip
CLOTHES: list[Colour] = [
    (60, 45, 40), (130, 70, 40), (40, 40, 150), (150, 150, 155), (70, 110, 60), (200, 205, 210),
    (40, 150, 190), (110, 50, 110),
]  # fmt: skip
SKINS: list[Colour] = [(150, 180, 225), (110, 145, 200), (70, 100, 150), (50, 70, 105)]


def pick(rng: np.random.Generator, colours: list[Colour]) -> Colour:
    """Choose one of the colours, and vary its brightness by up to 12 %."""
    factor = rng.uniform(0.88, 1.12)
    blue, green, red = colours[rng.integers(len(colours))]
    return (blue * factor, green * factor, red * factor)


def scaled(colour: Colour, factor: float) -> Colour:
    """Return the colour with its brightness multiplied."""
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)


def moved(points: np.ndarray, x: float, y: float, z: float = 0.0) -> np.ndarray:
    """Return points (..., 3) moved by an offset in metres."""
    return points + np.array([x, y, z])


def wall(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Stack corner coordinates, each (M, 4), to polygons (M, 4, 3)."""
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1).astype(float)


def window_grid(
    start: float, stop: float, height: float, storey: float, spacing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Lay windows on a wall.

    Args:
        start: Position along the wall at which it begins, in metres.
        stop: Where it ends.
        height: Its height in metres.
        storey: Height of a storey in metres.
        spacing: Distance between window centres in metres.

    Returns:
        Corners along the wall (M, 4) and heights (M, 4) in metres.
    """
    columns = np.arange(start + spacing / 2, stop - spacing / 4, spacing)
    floors = np.arange(1.0, height - 0.6 * storey, storey)
    along, up = (g.reshape(-1, 1) for g in np.meshgrid(columns, floors))
    half = spacing * 0.28
    return along + np.array([-half, half, half, -half]), up + np.array([0, 0, 1, 1]) * storey * 0.52


def draw_building(
    canvas: Canvas, rng: np.random.Generator, x: float, near: float, far: float, light: float
) -> None:
    """Draw a house whose front lies along the street at X = `x`, from Z = `near` to `far`."""
    height, storey = rng.uniform(5, 19), rng.uniform(2.8, 3.6)
    colour, glass = pick(rng, BRICKS), pick(rng, [(120, 100, 80), (70, 60, 50), (170, 150, 130)])
    spacing = rng.uniform(2.0, 3.4)
    away = x + np.sign(x) * rng.uniform(8, 14)
    canvas.start(StreetClass.BUILDING, near)
    gable = wall(np.array([[x, away, away, x]]), np.array([[0, 0, height, height]]), np.array([[near]]))
    canvas.quads(gable, scaled(colour, 1.5 - light))
    if rng.random() < 0.5:  # a pitched roof seen from its end
        roof = [[x, height, near], [(x + away) / 2, height + 3, near], [away, height, near]]
        canvas.polygon(np.array(roof), scaled((60, 62, 90), 1.4 - light))
    along, up = window_grid(min(x, away), max(x, away), height, storey, spacing)
    canvas.quads(wall(along, up, np.array([[near]])), scaled(glass, 0.9))

    canvas.distance = (near + far) / 2
    front = wall(np.array([[x]]), np.array([[0, 0, height, height]]), np.array([[near, far, far, near]]))
    canvas.quads(front, scaled(colour, light))
    plinth = wall(np.array([[x]]), np.array([[0, 0, 0.5, 0.5]]), np.array([[near, far, far, near]]))
    canvas.quads(plinth, scaled(colour, 0.6 * light))
    along, up = window_grid(near, far, height, storey, spacing)
    canvas.quads(wall(np.array([[x]]), up, along), scaled((215, 220, 222), light))
    inner = wall(np.array([[x]]), up, along)
    middle = inner.mean(axis=1, keepdims=True)
    canvas.quads(middle + (inner - middle) * 0.78, scaled(glass, rng.uniform(0.6, 1.2)))
    eaves = wall(np.array([[x]]), height - np.array([[0.5, 0.5, 0, 0]]), np.array([[near, far, far, near]]))
    canvas.quads(eaves, scaled(colour, 0.7 * light))
    if rng.random() < 0.5:  # a shop on the ground floor
        shop = wall(np.array([[x]]), np.array([[0.4, 0.4, 2.4, 2.4]]), np.array([[near, far, far, near]]))
        canvas.quads(shop, (58, 50, 44))
        board = wall(np.array([[x]]), np.array([[2.4, 2.4, 3, 3]]), np.array([[near, far, far, near]]))
        canvas.quads(board, pick(rng, CAR_PAINT))


def draw_tree(canvas: Canvas, rng: np.random.Generator, x: float, z: float, light: float) -> None:
    """Draw a tree: trunk, and a crown of lit and shaded tufts."""
    height, radius = rng.uniform(5, 9), rng.uniform(1.6, 2.8)
    green = pick(rng, [(45, 95, 60), (40, 110, 85), (50, 80, 55), (55, 120, 110)])
    canvas.start(StreetClass.TREE, z)
    canvas.line(np.array([x, 0, z]), np.array([x, height - radius, z]), 0.34, (45, 62, 78))
    middle = height - radius
    count = int(np.clip(radius * 420 / z, 10, 46))
    tufts = rng.normal(0, 1, (count, 2)) * [radius * 0.45, radius * 0.42]
    tufts = tufts[np.argsort(tufts[:, 1])]
    bright = light * (0.72 + 0.28 * np.clip(tufts[:, 1] / radius + rng.normal(0, 0.3, count), -1, 1))
    sizes = radius * rng.uniform(0.25, 0.5, count)
    for (dx, dy), factor, size in zip(tufts.tolist(), bright.tolist(), sizes.tolist(), strict=True):
        canvas.ellipse((x + dx, middle + dy, z), (size, size * 0.85), scaled(green, factor))


def draw_lamp(canvas: Canvas, rng: np.random.Generator, x: float, z: float) -> None:
    """Draw a lamp post whose arm reaches over the road."""
    height, grey = rng.uniform(5, 8), rng.uniform(70, 130)
    canvas.start(StreetClass.POLE, z)
    top, metal = np.array([x, height, z]), (grey, grey, grey)
    canvas.line(np.array([x, 0, z]), top, 0.17, metal)
    arm = moved(top, -np.sign(x) * 1.4, 0.25)
    canvas.line(top, arm, 0.1, metal)
    canvas.ellipse(arm, (0.4, 0.12), (225, 235, 240))


def draw_sign(canvas: Canvas, rng: np.random.Generator, x: float, z: float) -> None:
    """Draw a traffic sign or a traffic light on its post."""
    height = rng.uniform(2.5, 3.2)
    canvas.start(StreetClass.POLE, z)
    canvas.line(np.array([x, 0, z]), np.array([x, height, z]), 0.11, (120, 122, 124))
    canvas.start(StreetClass.SIGN, z)
    middle, kind = np.array([x, height, z]), rng.integers(4)
    if kind == 0:
        canvas.ellipse(middle, (0.42, 0.42), (40, 40, 190))
        canvas.ellipse(middle, (0.29, 0.29), (230, 232, 235))
    elif kind == 1:
        triangle = np.array([[-0.5, -0.4, 0], [0.5, -0.4, 0], [0, 0.5, 0]])
        canvas.polygon(middle + triangle, (40, 40, 190))
        canvas.polygon(middle + triangle * 0.62, (230, 232, 235))
    elif kind == 2:
        plate = np.array([[-0.6, -0.35, 0], [0.6, -0.35, 0], [0.6, 0.35, 0], [-0.6, 0.35, 0]])
        canvas.polygon(middle + plate, (235, 235, 235))
        canvas.polygon(middle + plate * 0.88, pick(rng, [(150, 80, 30), (70, 120, 40)]))
    else:
        box = np.array([[-0.2, -0.5, 0], [0.2, -0.5, 0], [0.2, 0.5, 0], [-0.2, 0.5, 0]])
        canvas.polygon(middle + box, (30, 32, 34))
        lit = rng.integers(3)
        for i, lamp in enumerate([(40, 40, 230), (40, 190, 240), (90, 210, 60)]):
            canvas.ellipse(
                moved(middle, 0, 0.31 - 0.31 * i), (0.12, 0.12), scaled(lamp, 1 if i == lit else 0.3)
            )


def draw_fence(canvas: Canvas, rng: np.random.Generator, x: float, near: float, far: float) -> None:
    """Draw a railing or a boarded fence along the street."""
    height, colour = rng.uniform(0.9, 1.7), pick(rng, [(60, 90, 120), (90, 94, 98), (70, 100, 70)])
    canvas.start(StreetClass.FENCE, (near + far) / 2)
    z = np.array([[near, far, far, near]])
    canvas.quads(wall(np.array([[x]]), np.array([[0, 0, height, height]]), z), scaled(colour, 0.62))
    posts = np.arange(near, far - 0.4, 0.7)[:, None] + np.array([0, 0.38, 0.38, 0])
    canvas.quads(wall(np.array([[x]]), np.array([[0, 0, height, height]]), posts), colour)
    canvas.quads(
        wall(np.array([[x]]), np.array([[height - 0.12, height - 0.12, height, height]]), z),
        scaled(colour, 1.2),
    )


def draw_car(
    canvas: Canvas, rng: np.random.Generator, x: float, z: float, oncoming: bool, shade: float
) -> None:
    """Draw a car whose near end is at Z = `z` and whose middle is at X = `x`."""
    paint = pick(rng, CAR_PAINT)
    width, length, height = rng.uniform(1.65, 1.95), rng.uniform(3.7, 4.9), rng.uniform(1.4, 1.75)
    belt, half = height * 0.56, width / 2
    canvas.start(StreetClass.CAR, z, thing=True, shade=shade)
    side = x - half if x > 0 else x + half  # the side that faces the camera
    for end in (z + length * 0.8, z + length * 0.2):
        canvas.line(np.array([side, 0.05, end]), np.array([side, 0.6, end]), 0.5, (22, 22, 22))
    flank = [[side, 0.25, z], [side, 0.25, z + length], [side, belt, z + length], [side, belt, z]]
    canvas.polygon(np.array(flank), scaled(paint, 0.72))
    roof_near, roof_far = z + length * 0.16, z + length * 0.72
    inset = side - np.sign(side - x) * 0.14
    cabin = [[side, belt, z + 0.1], [side, belt, z + length * 0.9], [inset, height, roof_far]]
    canvas.polygon(np.array([*cabin, [inset, height, roof_near]]), scaled(paint, 0.78))
    glass = (np.array([*cabin, [inset, height, roof_near]]) - [[side, belt, z + length / 2]]) * 0.8
    canvas.polygon(moved(glass, side, belt + 0.06, z + length / 2), (62, 54, 48))
    body = np.array([[-half, 0.3], [half, 0.3], [half, belt], [-half, belt]])
    for tyre in (-half + 0.16, half - 0.16):
        rubber = np.array([[-0.14, 0.0], [0.14, 0.0], [0.14, 0.4], [-0.14, 0.4]])
        canvas.polygon(upright(rubber, x + tyre, z), (20, 20, 20))
    screen = np.array([[-half, belt], [half, belt], [half - 0.22, height], [-half + 0.22, height]])
    canvas.polygon(upright(screen, x, z + 0.1), scaled(paint, 1.05))
    canvas.polygon(upright((screen - [0, belt]) * [0.84, 0.8] + [0, belt], x, z), (72, 64, 56))
    canvas.polygon(upright(body, x, z), paint)
    canvas.polygon(upright(body * [1, 0.25] + [0, 0.2], x, z), scaled(paint, 0.55))
    lamp = (225, 240, 245) if oncoming else (40, 40, 205)
    for lamp_x in (-half + 0.22, half - 0.22):
        canvas.ellipse(np.array([x + lamp_x, belt * 0.82, z]), (0.17, 0.1), lamp)
    plate = np.array([[-0.26, 0.42], [0.26, 0.42], [0.26, 0.54], [-0.26, 0.54]])
    canvas.polygon(upright(plate, x, z), (225, 230, 232))


def upright(points: np.ndarray, x: float, z: float) -> np.ndarray:
    """Put a flat shape (P, 2) in metres upright on the ground at X, Z: (P, 3)."""
    return np.stack([points[:, 0] + x, points[:, 1], np.full(len(points), z)], axis=-1)


def draw_person(
    canvas: Canvas, rng: np.random.Generator, x: float, z: float, foot: float, height: float
) -> None:
    """Draw a standing or striding figure with feet `foot` metres over the ground."""
    coat, trousers, skin = pick(rng, CLOTHES), pick(rng, CLOTHES), pick(rng, SKINS)
    step = rng.uniform(0.05, 0.3)
    hip, neck = np.array([x, foot + height * 0.5, z]), np.array([x, foot + height * 0.82, z])
    for sign, dim in ((-1, 0.7), (1, 0.9)):
        canvas.line(hip, np.array([x + sign * step, foot, z]), 0.19, scaled(trousers, dim))
        hand = moved(hip, sign * (0.2 + step * 0.4), 0.05)
        canvas.line(neck - [-sign * 0.14, 0.08, 0], hand, 0.13, scaled(coat, dim))
    torso = np.array([[-0.17, -0.4], [0.17, -0.4], [0.23, 0.24], [-0.23, 0.24]]) * height / 1.75
    canvas.polygon(moved(upright(torso, x, z), 0, hip[1] + 0.3), coat)
    canvas.ellipse(moved(neck, 0, height * 0.09), (0.12, 0.155), skin)
    canvas.ellipse(moved(neck, 0, height * 0.125), (0.125, 0.09), scaled(pick(rng, SKINS), 0.25))


def draw_pedestrian(canvas: Canvas, rng: np.random.Generator, x: float, z: float, shade: float) -> None:
    """Draw a pedestrian."""
    canvas.start(StreetClass.PEDESTRIAN, z, thing=True, shade=shade)
    draw_person(canvas, rng, x, z, 0.0, rng.uniform(1.5, 1.9))


def draw_bicyclist(canvas: Canvas, rng: np.random.Generator, x: float, z: float, shade: float) -> None:
    """Draw a rider and the bicycle, seen from behind or from the side."""
    canvas.start(StreetClass.BICYCLIST, z, thing=True, shade=shade)
    scale, frame = canvas.camera.focal / z, pick(rng, CAR_PAINT)
    if rng.random() < 0.5:
        canvas.ellipse(np.array([x, 0.35, z]), (0.07, 0.35), (25, 25, 25))
        canvas.line(np.array([x - 0.3, 1.0, z]), np.array([x + 0.3, 1.0, z]), 0.06, frame)
        draw_person(canvas, rng, x, z, 0.4, 1.45)
        return
    wheels = [np.array([x + dx, 0.34, z]) for dx in (-0.52, 0.52)]
    for wheel in wheels:
        px, py = canvas.camera.project(wheel)
        canvas.flat_ellipse((px, py), (0.32 * scale, 0.32 * scale), (25, 25, 25), line=0.07 * scale)
    saddle, bars = np.array([x - 0.2, 0.9, z]), np.array([x + 0.42, 1.0, z])
    pedal = np.array([x - 0.02, 0.32, z])
    for a, b in ((wheels[0], saddle), (saddle, pedal), (pedal, bars), (wheels[1], bars), (saddle, bars)):
        canvas.line(a, b, 0.07, frame)
    coat, skin = pick(rng, CLOTHES), pick(rng, SKINS)
    canvas.line(saddle, moved(pedal, 0.1, 0.05), 0.17, pick(rng, CLOTHES))
    shoulder = np.array([x + 0.12, 1.42, z])
    canvas.line(saddle, shoulder, 0.34, coat)
    canvas.line(shoulder, bars, 0.12, scaled(coat, 0.85))
    canvas.ellipse(moved(shoulder, 0.1, 0.28), (0.13, 0.16), skin)
    canvas.ellipse(moved(shoulder, 0.1, 0.35), (0.15, 0.1), pick(rng, CAR_PAINT))
