import numpy as np
import pytest

from seg_plugins.converters.streets.street_renderer import render_street, renumber

THINGS = (8, 9, 10)


@pytest.fixture(scope="module")
def scenes():
    return [render_street(0, index, 64, 128) for index in range(16)]


def test_same_arguments_same_scene_and_others_another():
    first, again, other = (render_street(s, 5, 64, 96) for s in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(first.image, other.image)


def test_every_class_appears(scenes):
    assert {int(i) for s in scenes for i in np.unique(s.labels)} == set(range(11))


def test_instances_lie_on_things_and_on_nothing_else(scenes):
    for scene in scenes:
        assert np.array_equal(scene.instances > 0, np.isin(scene.labels, THINGS))
        for number in range(1, int(scene.instances.max()) + 1):
            assert len(np.unique(scene.labels[scene.instances == number])) == 1


def test_layout_of_a_street(scenes):
    """Sky above, road below, on average."""
    rows = np.arange(64)[:, None]
    height = {
        c: np.mean([rows[(s.labels == c).any(1)].mean() for s in scenes if (s.labels == c).any()])
        for c in range(11)
    }
    assert height[0] < height[1] < height[3]
    assert np.mean([(s.labels[-8:] == 3).mean() for s in scenes]) > 0.5


@pytest.mark.parametrize("size", [(16, 16), (33, 47), (200, 100)])
def test_any_size(size):
    scene = render_street(0, 0, *size)
    assert scene.image.shape == (*size, 3) and scene.image.dtype == np.uint8
    assert scene.labels.shape == scene.instances.shape == size
    assert (scene.labels.dtype, scene.instances.dtype) == (np.uint8, np.uint16)


def test_too_small_is_refused():
    with pytest.raises(ValueError, match="8x64"):
        render_street(0, 0, 8, 64)


def test_renumber_leaves_no_gaps():
    assert renumber(np.array([[0, 7], [3, 7]])).tolist() == [[0, 2], [1, 2]]
    assert renumber(np.array([[7, 3]])).tolist() == [[2, 1]]
