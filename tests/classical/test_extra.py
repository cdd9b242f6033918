import sys

import numpy as np
import pytest
from mmseg.registry import TASK_UTILS

from seg_plugins.classical.random_walker import walk_randomly

IMAGE = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
GENERATORS = [
    dict(type="SlicRegions"), dict(type="WatershedRegions"), dict(type="FelzenszwalbRegions"),
    dict(type="NormalizedCutRegions"), dict(type="ThresholdRegions", method="multi_otsu"),
    dict(type="ClusterRegions"), dict(type="ClusterRegions", method="gmm"), dict(type="HsvRegions"),
]  # fmt: skip


@pytest.fixture
def missing(monkeypatch):
    for name in list(sys.modules):
        if name.split(".")[0] in ("skimage", "sklearn"):
            monkeypatch.delitem(sys.modules, name)
    for name in ("skimage", "sklearn"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("config", GENERATORS, ids=lambda c: "-".join(map(str, c.values())))
def test_generators_name_the_extra_that_is_missing(missing, config):
    generator = TASK_UTILS.build(config)
    with pytest.raises(ImportError, match=r'^sk.* is missing: pip install "seg-plugins\[classical\]"$'):
        generator(IMAGE)


def test_walks_name_the_extra_that_is_missing(missing):
    with pytest.raises(ImportError, match=r"seg-plugins\[classical\]"):
        walk_randomly(IMAGE, np.full((2, 16, 16), 0.5), 0.9, 130.0)
