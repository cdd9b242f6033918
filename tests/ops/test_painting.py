from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from seg_plugins.ops.painting import (
    background_ids,
    blend,
    complete_palette,
    default_palette,
    paint,
    tint,
)

# Machado, Oliveira, Fernandes (2009), table 1, severity 1.0: linear RGB seen without one kind of cones
VISION = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
}  # fmt: skip


def as_seen(colors, matrix):
    """CIELAB of colours (n, 3) uint8 as the given vision has them."""
    values = colors / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    seen = (linear @ np.transpose(matrix)).clip(0, 1)
    return rgb2lab(np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)[None])[0]


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("count, least", [(3, 12), (7, 10), (20, 8)])
def test_colours_differ_for_every_kind_of_vision(vision, count, least):
    """Each from each, from background and from the black of pixels that are ignored, by CIEDE2000."""
    colors = np.concatenate([default_palette(1, ["background"]), [[0, 0, 0]], default_palette(count)])
    lab = as_seen(colors, VISION[vision])
    assert min(deltaE_ciede2000(a, b) for a, b in combinations(lab, 2)) > least


def test_a_palette_is_fixed_and_never_repeats():
    many = default_palette(256, ["bg"])
    assert len(np.unique(many, axis=0)) == 256
    assert (default_palette(5) == default_palette(40)[:5]).all()
    assert default_palette(0).shape == (0, 3)


def test_background_takes_no_colour_from_the_others():
    assert (default_palette(3, ["a", "Background", "b"])[[0, 2]] == default_palette(2)).all()
    assert background_ids(["_background_", "sky", "BG", "backgrounds"]) == [0, 2]


def test_ids_that_the_palette_lacks_are_painted_in_colours_of_their_own():
    first = default_palette(1)[0].tolist()
    painted = paint(np.array([[0, 1, 7, 255]], np.uint8), [first, [40, 50, 60]])[0].tolist()
    assert painted[:2] == [first, [40, 50, 60]] and painted[3] == [0, 0, 0]
    assert len({tuple(color) for color in painted}) == 4
    assert complete_palette(None, 2).shape == (2, 3) and complete_palette([[1, 2, 3]] * 4, 2).shape == (4, 3)


def test_blend_keeps_the_ends():
    image, colors = np.full((1, 1, 3), 10, np.uint8), np.full((1, 1, 3), 255, np.uint8)
    assert (blend(image, colors, 0) == image).all() and (blend(image, colors, 1) == colors).all()
    assert blend(image, colors, 0.5)[0, 0, 0] == 133


@pytest.mark.parametrize("palette", [None, [[0, 0, 0], [9, 9, 9]]])
def test_background_is_not_tinted(palette):
    image = np.full((1, 3, 3), 200, np.uint8)
    seen = tint(image, np.array([[0, 1, 255]], np.uint8), palette, ["background", "cat"])
    assert (seen[0, 0] == 200).all() and (seen[0, 1] != 200).any() and (seen[0, 2] == 100).all()
    assert (tint(image, np.zeros((1, 3), np.uint8), palette, ["road", "cat"]) != 200).any()
