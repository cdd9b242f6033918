import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from seg_plugins.converters.annotations.polygons import draw_polygon, draw_runs, expand_counts, join_patches

SIZES = st.tuples(st.integers(1, 14), st.integers(1, 14))
# Coordinates on edges and centres of pixels, where rounding decides, and anywhere, outside the image too.
POINTS = st.one_of(
    st.integers(-6, 20).map(float),
    st.integers(-60, 200).map(lambda n: n / 10),
    st.floats(-8, 22, allow_nan=False, width=32),
)
RINGS = st.lists(st.tuples(POINTS, POINTS), min_size=3, max_size=9)


def spread(patch, size):
    full = np.zeros(size, bool)
    full[patch.window] = patch.mask
    return full


@settings(max_examples=400, deadline=None)
@given(RINGS, SIZES)
def test_polygons_are_drawn_as_cocos_code_does(ring, size):
    theirs = coco.decode(coco.frPyObjects([np.ravel(ring).tolist()], *size))[..., 0]
    assert np.array_equal(spread(draw_polygon(np.array(ring), size), size), theirs)


@settings(max_examples=100, deadline=None)
@given(st.lists(RINGS, min_size=1, max_size=3), SIZES)
def test_rings_of_one_object_are_joined_as_cocos_code_does(rings, size):
    runs = coco.merge(coco.frPyObjects([np.ravel(ring).tolist() for ring in rings], *size))
    ours = join_patches([draw_polygon(np.array(ring), size) for ring in rings])
    assert np.array_equal(spread(ours, size), coco.decode(runs))


@settings(max_examples=200, deadline=None)
@given(
    SIZES.flatmap(lambda size: st.lists(st.booleans(), min_size=size[0] * size[1]).map(lambda b: (size, b)))
)
def test_run_lengths_are_read_as_cocos_code_wrote_them(case):
    size, pixels = case
    mask = np.array(pixels[: size[0] * size[1]], np.uint8).reshape(size)
    counts = expand_counts(coco.encode(np.asfortranarray(mask))["counts"].decode())
    assert np.array_equal(spread(draw_runs(counts, size), size), mask)


def test_long_run_lengths_are_read_too():
    mask = np.zeros((3000, 2000), np.uint8)
    mask[17:2990, 30:1900] = 1
    mask[5, 5] = 1
    counts = expand_counts(coco.encode(np.asfortranarray(mask))["counts"].decode())
    assert np.array_equal(spread(draw_runs(counts, mask.shape), mask.shape), mask)


def test_a_square_covers_the_pixels_between_its_edges():
    drawn = spread(draw_polygon(np.array([[1.0, 1], [6, 1], [6, 5], [1, 5]]), (8, 10)), (8, 10))
    assert drawn.sum() == 20 and drawn[1:5, 1:6].all()


@pytest.mark.parametrize(
    "ring", [[[1, 1], [5, 5]], [[2, 2]] * 4, [[1, 1], [5, 1], [9, 1]], [[-9, -9], [-5, -9], [-5, -5]]]
)
def test_what_has_no_area_covers_no_pixel(ring):
    assert not draw_polygon(np.array(ring, float), (8, 10)).mask.any()


@pytest.mark.parametrize("text", ["2T", "é", "\x00", " ", "T" * 12 + "1", "23€"])
def test_texts_that_are_no_run_lengths(text):
    with pytest.raises(ValueError, match="run length"):
        expand_counts(text)


@pytest.mark.parametrize("counts", [[5], [5, -1, 2], [3, 4], [], [2**31, 2**31]])
def test_run_lengths_of_another_size(counts):
    with pytest.raises(ValueError, match="not to 2x3"):
        draw_runs(np.array(counts, np.int64), (2, 3))
