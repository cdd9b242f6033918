import numpy as np

from seg_plugins.report.panels import COLUMNS, draw_panel, shrink
from tests.report.base import PALETTE, panel


def tiles(picture):
    gaps = 6 * (len(COLUMNS) - 1)
    width = (picture.shape[1] - gaps) // len(COLUMNS)
    return [picture[:, i * (width + 6) :][:, :width] for i in range(len(COLUMNS))]


def test_the_tiles_show_what_their_column_says():
    one = panel()
    image, true, pred, errors, confidence = tiles(draw_panel(one, PALETTE))
    labelled = one.true != 255
    np.testing.assert_array_equal(image, one.image)
    np.testing.assert_array_equal(true[labelled], PALETTE[one.true[labelled]])
    np.testing.assert_array_equal(true[~labelled], np.full((3 * 32, 3), 230))
    np.testing.assert_array_equal(pred, PALETTE[one.pred])
    red = (errors == (214, 39, 40)).all(axis=2)
    np.testing.assert_array_equal(red, labelled & (one.true != one.pred))
    brightness = confidence.astype(int).sum(axis=2)
    assert np.corrcoef(brightness.ravel(), one.confidence.ravel())[0, 1] > 0.9


def test_a_panel_without_confidence_keeps_its_column():
    assert draw_panel(panel(confidence=False), PALETTE).shape == draw_panel(panel(), PALETTE).shape


def test_shrinking_keeps_proportions_and_ids():
    ids = np.arange(4).reshape(2, 2).repeat(50, 0).repeat(80, 1)
    small = shrink(ids.astype(np.int32), 40)
    assert small.shape == (25, 40)
    assert set(np.unique(small)) == set(range(4))
