import math

import pytest
import torch

from seg_plugins.ops.sine_positions import sine_positions


def test_the_formula_by_hand():
    """Row 2 of 3, column 1 of 4; 8 channels are 4 of the row and 4 of the column."""
    found = sine_positions(3, 4, 8)[4 * 1 + 0]
    expected = []
    for place, length in ((2, 3), (1, 4)):
        angle = 2 * math.pi * place / length
        for frequency in (1.0, 1 / 100):
            expected += [math.sin(angle * frequency), math.cos(angle * frequency)]
    assert found.tolist() == pytest.approx(expected, abs=1e-4)


def test_maps_of_one_image_agree_at_shared_places():
    """The last pixel of every map is the whole extent."""
    torch.testing.assert_close(sine_positions(4, 4, 16)[-1], sine_positions(8, 8, 16)[-1], rtol=0, atol=1e-4)
