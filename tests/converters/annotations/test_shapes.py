import numpy as np
import pytest

from seg_plugins.converters.annotations import shapes
from seg_plugins.converters.annotations.shapes import Annotated, Shape, check_near, draw_shapes, is_covered
from seg_plugins.converters.converter import SourceError

BIG = (np.array([[0.0, 0], [9, 0], [9, 8], [0, 8]]),)
SMALL = (np.array([[2.0, 2], [5, 2], [5, 4], [2, 4]]),)
NONE = (np.array([[20.0, 20], [25, 20], [25, 25]]),)


def image(*found):
    return Annotated("a.jpg", (8, 10), [Shape(label, f"c.json: {label}", rings) for label, rings in found])


@pytest.mark.parametrize("order", [1, -1])
def test_small_objects_stay_visible(order):
    found = [("car", BIG), ("dog", SMALL)][::order]
    labels, instances, empty = draw_shapes(image(*found), dict(car=1, dog=2))
    assert (labels == 2).sum() == 6 and (labels == 1).sum() == 66 and (labels[:, 9] == 0).all() and not empty
    assert np.array_equal(labels, instances)


def test_holes_ignored_pixels_and_classes_that_are_left_out():
    drawn = image(("car", BIG), ("hole", SMALL), ("out", BIG), ("car", NONE))
    for hole in (0, 255):
        labels, instances, empty = draw_shapes(drawn, dict(car=1, hole=hole))
        assert labels[3, 3] == hole and instances[3, 3] == 0 and labels[0, 0] == instances[0, 0] == 1
        assert [shape.place for shape in empty] == ["c.json: car"]


def test_a_crowd_is_no_instance():
    crowd = Shape("car", "", BIG, single=False)
    labels, instances, _ = draw_shapes(Annotated("a", (8, 10), [crowd, Shape("car", "", SMALL)]), dict(car=1))
    assert (labels[:, :9] == 1).all() and (instances > 0).sum() == 6 and instances[3, 3] == 1


def test_covered_images():
    both = image(("car", BIG), ("strip", (np.array([[9.0, 0], [10, 0], [10, 8], [9, 8]]),)))
    assert is_covered(both, ["car", "strip"]) and not is_covered(both, ["car"])


def test_faults_are_named():
    runs = Shape("car", "c.json: x", counts=np.array([3, 4]))
    with pytest.raises(SourceError, match=r"c\.json: x: the run lengths add up to 7 pixels, not to 8x10"):
        runs.draw((8, 10))
    with pytest.raises(SourceError, match=r"c\.json: x holds the coordinate 1e\+09, far outside its image"):
        check_near(np.array([[1, 1e9]]), (8, 10), "c.json: x")


def test_what_an_instance_map_cannot_number(monkeypatch):
    monkeypatch.setattr(shapes, "MOST_INSTANCES", 1)
    labels, instances, _ = draw_shapes(image(("car", BIG), ("dog", SMALL)), dict(car=1, dog=2))
    assert labels[3, 3] == 2 and instances[0, 0] == 1 and instances[3, 3] == 0
