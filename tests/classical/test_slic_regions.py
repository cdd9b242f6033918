import numpy as np
from mmseg.registry import TASK_UTILS


def test_regions_are_numbered_from_zero_and_follow_an_edge():
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, 30:] = 200
    regions = TASK_UTILS.build(dict(type="SlicRegions", segments=24))(image)
    assert regions.shape == (40, 60) and regions.dtype == np.int32
    assert set(np.unique(regions)) == set(range(regions.max() + 1)) and 12 <= regions.max() <= 36
    assert not set(np.unique(regions[:, :30])) & set(np.unique(regions[:, 30:]))
