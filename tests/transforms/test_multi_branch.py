"""Tests of several views of one image."""

import numpy as np
import pytest
from mmcv.transforms import BaseTransform
from mmengine.registry import init_default_scope
from mmseg.registry import TRANSFORMS

from seg_plugins.transforms import MultiBranch

BRANCHES = ["sup", "weak", "strong"]


@TRANSFORMS.register_module()
class Brighten(BaseTransform):
    def transform(self, results):
        results["img"] += 1
        return results if results["img"].max() < 9 else None


def packed():
    init_default_scope("mmseg")
    pack = dict(type="PackSegInputs")
    return MultiBranch(BRANCHES, weak=[pack], strong=[dict(type="Brighten"), pack])


def sample(value):
    image = np.full((4, 6, 3), value, np.uint8)
    return dict(img=image, img_path="a.png", ori_shape=(4, 6), img_shape=(4, 6))


def test_every_branch_has_a_place_and_views_do_not_share_pixels():
    out = packed()(sample(3))
    assert out["inputs"]["sup"] is None and out["data_samples"]["sup"] is None
    assert (out["inputs"]["weak"] == 3).all() and (out["inputs"]["strong"] == 4).all()
    assert out["data_samples"]["weak"].img_path == "a.png"


def test_a_view_that_cannot_be_made_gives_none():
    assert packed()(sample(8)) is None


def test_an_unknown_branch_is_refused():
    with pytest.raises(ValueError, match=r"\['other'\] are not in branch_field"):
        MultiBranch(BRANCHES, other=[])
