import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from seg_plugins.converters.annotations.polygons import draw_polygon
from seg_plugins.inference.polygons import find_regions, geojson


def ring_area(ring):
    """Signed: positive where the ring runs clockwise as seen."""
    return cv2.contourArea(ring.astype(np.float32), oriented=True)


def drawn(regions, shape):
    """The polygons rasterised by Pillow, eight times as large, sampled at the pixels' centres."""
    canvas = Image.new("L", (shape[1] * 8, shape[0] * 8), 255)
    pen = ImageDraw.Draw(canvas)
    for region in sorted(regions, key=lambda r: -abs(ring_area(r.outline))):
        pen.polygon([tuple(p) for p in region.outline * 8], fill=region.label)
    return np.asarray(canvas)[4::8, 4::8]


@pytest.mark.parametrize("seed", range(4))
def test_polygons_drawn_again_give_the_class_map(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, (13, 17)).astype(np.uint8)
    regions = find_regions(labels)
    assert sum(r.area for r in regions) == labels.size
    for region in regions:
        net = ring_area(region.outline) + sum(ring_area(h) for h in region.holes)
        assert net == region.area
    assert (drawn(regions, labels.shape) == labels).all()


def test_known_square_with_a_hole():
    labels = np.ones((4, 4), np.uint8)
    labels[1, 2] = 0
    (region,) = find_regions(labels, ignore=(0,))
    assert region.outline.tolist() == [[4, 0], [4, 4], [0, 4], [0, 0]]
    assert sorted(region.holes[0].tolist()) == [[2, 1], [2, 2], [3, 1], [3, 2]]
    assert ring_area(region.holes[0]) == -1


def test_diagonal_pixels_are_two_regions():
    assert len(find_regions(np.eye(2, dtype=np.uint8), ignore=(0,))) == 2


@pytest.mark.parametrize("seed", range(8))
def test_rings_turn_at_every_corner_and_run_round_the_area(seed):
    rng = np.random.default_rng(seed)
    for region in find_regions(rng.integers(0, 2 + seed % 2, rng.integers(1, 24, 2)).astype(np.uint8)):
        assert ring_area(region.outline) > 0 > max((ring_area(hole) for hole in region.holes), default=-1)
        for ring in (region.outline, *region.holes):
            steps = np.roll(ring, -1, axis=0) - ring
            assert ((steps == 0).sum(axis=1) == 1).all()
            assert ((steps * np.roll(steps, 1, axis=0)).sum(axis=1) == 0).all()


def test_holes_that_touch_at_a_corner_are_two():
    labels = np.ones((4, 4), np.uint8)
    labels[1, 1] = labels[2, 2] = 0
    (region,) = find_regions(labels, ignore=(0,))
    assert sorted(hole.min(axis=0).tolist() for hole in region.holes) == [[1, 1], [2, 2]]


def test_small_regions_are_left_out_and_corners_simplified():
    labels = np.zeros((20, 20), np.uint8)
    labels[5:15, 5:15] = 1
    labels[0, 0] = 1
    labels[4, 8] = 1
    (square,) = geojson(find_regions(labels, ignore=(0,), min_area=2), "ab", tolerance=1.5)["features"]
    assert len(square["geometry"]["coordinates"][0]) == 5 and square["properties"]["area_pixels"] == 101


def test_geojson_is_closed():
    labels = np.ones((3, 4), np.uint8)
    labels[1, 1] = 0
    (feature,) = geojson(find_regions(labels, ignore=(0,)), ("a", "b"))["features"]
    outline, hole = feature["geometry"]["coordinates"]
    assert outline == [[4, 0], [4, 3], [0, 3], [0, 0], [4, 0]] and hole[0] == hole[-1] and len(hole) == 5
    assert feature["properties"] == {"class_id": 1, "class": "b", "area_pixels": 11}


@pytest.mark.parametrize("seed", range(4))
def test_geojson_gives_the_class_map_back(seed):
    labels = np.random.default_rng(seed).integers(0, 3, (13, 17)).astype(np.uint8)
    found, times = np.full(labels.shape, 255, np.uint8), np.zeros(labels.shape, int)
    for feature in geojson(find_regions(labels), "abc")["features"]:
        area = np.zeros(labels.shape, bool)
        for ring in feature["geometry"]["coordinates"]:
            patch = draw_polygon(np.array(ring), labels.shape)
            area[patch.window] ^= patch.mask
        assert area.sum() == feature["properties"]["area_pixels"]
        found[area] = feature["properties"]["class_id"]
        times += area
    assert (times == 1).all() and np.array_equal(found, labels)
