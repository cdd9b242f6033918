"""Base tests of the region generators."""

import numpy as np
import pytest
from mmseg.registry import TASK_UTILS

pytest.importorskip("skimage", reason="needs the extra classical")


def two_halves():
    """(40, 60, 3) uint8: a dark red half and a bright blue one, with little noise."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :30] = 60, 20, 20
    image[:, 30:] = 120, 160, 230
    return image + np.random.default_rng(0).integers(0, 4, image.shape, dtype=np.uint8)


class RegionTester:
    """Subclass and name the config; `purity` is the share of pixels in a region of their own half."""

    config: dict
    purity = 0.99

    def regions(self, image, **change):
        return TASK_UTILS.build(self.config | change)(image)

    def test_ids_are_int32_from_zero_without_gaps(self):
        for image in (two_halves(), np.random.default_rng(0).integers(0, 256, (37, 51, 3), dtype=np.uint8)):
            regions = self.regions(image)
            assert regions.shape == image.shape[:2] and regions.dtype == np.int32
            assert np.array_equal(np.unique(regions), np.arange(regions.max() + 1))

    def test_an_edge_is_a_border(self):
        regions = self.regions(two_halves())
        side = np.arange(60)[None].repeat(40, 0) >= 30
        counts = np.stack([np.bincount(regions[s], minlength=regions.max() + 1) for s in (side, ~side)])
        assert counts.max(0).sum() / regions.size >= self.purity

    def test_two_runs_are_equal(self):
        image = two_halves()
        assert np.array_equal(self.regions(image), self.regions(image.copy()))

    def test_a_flat_image_is_taken(self):
        assert self.regions(np.full((32, 32, 3), 128, np.uint8)).shape == (32, 32)
