import numpy as np
from mmseg.utils import get_palette

from seg_plugins.ops.painting import blend, complete_palette, paint, voc_palette


def test_voc_palette_is_pascals():
    assert voc_palette(21).tolist() == get_palette("voc")
    assert len(np.unique(voc_palette(256), axis=0)) == 256


def test_ids_that_the_palette_lacks_are_painted_in_colours_of_their_own():
    labels = np.array([[0, 1, 7, 255]], np.uint8)
    painted = paint(labels, [[10, 20, 30], [40, 50, 60]])
    assert painted[0].tolist() == [[10, 20, 30], [40, 50, 60], voc_palette(8)[7].tolist(), [0, 0, 0]]
    assert complete_palette(None, 2).shape == (2, 3)


def test_blend_keeps_the_ends():
    image, colors = np.full((1, 1, 3), 10, np.uint8), np.full((1, 1, 3), 255, np.uint8)
    assert (blend(image, colors, 0) == image).all() and (blend(image, colors, 1) == colors).all()
    assert blend(image, colors, 0.5)[0, 0, 0] == 133
