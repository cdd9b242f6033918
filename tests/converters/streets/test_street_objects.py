import numpy as np
import pytest

from seg_plugins.converters.streets.street_canvas import Camera, Canvas, StreetClass
from seg_plugins.converters.streets.street_objects import (
    draw_bicyclist,
    draw_building,
    draw_car,
    draw_fence,
    draw_lamp,
    draw_pedestrian,
    draw_sign,
    draw_tree,
    window_grid,
)

CASES = [
    (draw_building, (4.0, 8.0, 20.0, 1.0), {StreetClass.BUILDING}, 0),
    (draw_tree, (2.0, 9.0, 1.0), {StreetClass.TREE}, 0),
    (draw_lamp, (2.0, 9.0), {StreetClass.POLE}, 0),
    (draw_sign, (1.0, 9.0), {StreetClass.POLE, StreetClass.SIGN}, 0),
    (draw_fence, (-2.0, 5.0, 9.0), {StreetClass.FENCE}, 0),
    (draw_car, (1.0, 9.0, True, 1.0), {StreetClass.CAR}, 1),
    (draw_pedestrian, (1.0, 9.0, 1.0), {StreetClass.PEDESTRIAN}, 1),
    (draw_bicyclist, (1.0, 9.0, 1.0), {StreetClass.BICYCLIST}, 1),
]


@pytest.mark.parametrize("draw, place, classes, things", CASES)
def test_an_object_is_of_its_class_and_stands_on_the_ground(draw, place, classes, things):
    camera = Camera(150.0, (100.0, 60.0), 1.5)
    canvas = Canvas(200, 200, camera, (200.0, 200.0, 200.0), 1e9)
    draw(canvas, np.random.default_rng(0), *place)
    labels, instances = canvas.maps()
    assert set(np.unique(labels)) - {0} == classes
    assert int(instances.max()) == things
    lowest = np.flatnonzero((labels > 0).any(axis=1)).max()
    near = place[1]
    ground = camera.project(np.array([0.0, 0.0, near]))[1]
    assert lowest == pytest.approx(ground, abs=4)


def test_windows_stay_on_the_wall():
    along, up = window_grid(2.0, 12.0, 9.0, 3.0, 2.5)
    assert len(along) == len(up) > 4
    assert along.min() > 2 and along.max() < 12 and up.max() < 9
