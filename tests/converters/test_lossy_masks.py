import cv2
import numpy as np
import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.lossy_masks import LossySurvey


def survey(values, quality, radius=16, ids=False):
    """Discs of every value but the first, which is everything else, as JPEG files of some quality."""
    found, rng = LossySurvey(), np.random.default_rng(0)
    for number in range(4):
        mask = np.zeros((96, 128, *np.shape(values[0])), np.uint8)
        mask[:] = values[0]
        for place, value in enumerate(values[1:]):
            centre = (20 + 88 * place // max(1, len(values) - 2), int(rng.integers(20, 76)))
            cv2.circle(mask, centre, radius, value, -1)
        data = cv2.imencode(".jpg", mask[..., ::-1] if mask.ndim == 3 else mask, [1, quality])[1]
        found.add(cv2.imdecode(data, -1) if mask.ndim == 2 else cv2.imdecode(data, 1)[..., ::-1], number)
    return found.values()[0]


@pytest.mark.parametrize("quality", [10, 50, 75, 95, 100])
def test_black_and_white(quality):
    assert survey([0, 255], quality) == {(0,), (255,)}
    assert survey([0, 255], quality, radius=2) == {(0,), (255,)}


@pytest.mark.parametrize("quality", [50, 75, 95])
def test_a_few_grey_levels(quality):
    assert survey([0, 128, 255], quality) == {(0,), (128,), (255,)}
    found = sorted(v[0] for v in survey([0, 60, 120, 180, 240], quality, radius=10))
    assert np.allclose(found, [0, 60, 120, 180, 240], atol=3)


@pytest.mark.parametrize("quality", [50, 75, 95])
@pytest.mark.parametrize("values", [[0, 1, 2], [0, 1, 2, 255], [7, 7]])
def test_ids_are_refused(quality, values):
    with pytest.raises(SourceError, match=r"masks are JPEG.*save masks as PNG"):
        survey(values, quality)


def test_colours_are_found_or_refused():
    colours = [(0, 0, 0), (255, 0, 0), (0, 255, 0)]
    assert survey(colours, 95, radius=20) == set(colours)
    with pytest.raises(SourceError, match=r"of the pixels, such as .* are uncertain"):
        survey([*colours, (0, 0, 255)], 50, radius=7)
