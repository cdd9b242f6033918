import numpy as np

from seg_plugins.converters.streets.street_canvas import Camera, Canvas, StreetClass


def make_canvas(visibility=1e9):
    return Canvas(40, 40, Camera(20.0, (20.0, 20.0), 1.0), (200.0, 200.0, 200.0), visibility)


def test_projection_of_known_points():
    """A point at camera height lies on the horizon; one metre below at Z = f/10 px lies 10 px lower."""
    camera = Camera(20.0, (20.0, 12.0), 1.5)
    points = camera.project(np.array([[0, 1.5, 7], [1, 0.5, 2], [0, 0, 1e9]]))
    assert np.allclose(points, [[20, 12], [30, 22], [20, 12]], atol=1e-6)


def test_nearer_object_covers_farther_one():
    canvas = make_canvas()
    square = np.array([[-1, 0, 2], [1, 0, 2], [1, 2, 2], [-1, 2, 2]], float)
    canvas.start(StreetClass.BUILDING, 2)
    canvas.polygon(square, (10, 20, 30))
    canvas.start(StreetClass.CAR, 1, thing=True)
    canvas.polygon(square * [0.5, 0.5, 1], (90, 90, 90))
    labels, instances = canvas.maps()
    assert labels[28, 20] == StreetClass.CAR and instances[28, 20] == 1
    assert labels[12, 20] == StreetClass.BUILDING and instances[12, 20] == 0
    assert labels[0, 0] == StreetClass.SKY
    assert (canvas.pixels[12, 20, :3] // 257).tolist() == [10, 20, 30]


def test_haze_hides_what_is_far():
    canvas = make_canvas(visibility=10)
    canvas.start(StreetClass.CAR, 1e4)
    assert np.allclose(canvas.paint((0, 0, 0))[:3], 200 * 257)
    canvas.start(StreetClass.CAR, 10)
    assert np.allclose(canvas.paint((0, 0, 0))[:3], 200 * 257 * (1 - np.exp(-1)))
