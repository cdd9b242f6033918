"""Upstream's `Albu`, with the release that the extra `albu` pins."""

import numpy as np
import pytest
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets import KeyedDataset
from seg_plugins.ops.sample_key import SampleKey
from tests.transforms.base import block_labels, picture

albumentations = pytest.importorskip("albumentations", reason="needs the extra albu: pip install -e .[albu]")


IMAGE = picture()


def albu():
    flips = [dict(type="HorizontalFlip", p=0.5), dict(type="RandomBrightnessContrast", p=0.9)]
    return TRANSFORMS.build(dict(type="Albu", transforms=flips))


def sample():
    labels = block_labels()
    return dict(img=IMAGE, gt_seg_map=labels, seg_fields=["gt_seg_map"])


def test_the_version():
    assert albumentations.__version__ == "2.0.8"


def test_labels_move_with_their_pixels():
    flip = TRANSFORMS.build(dict(type="Albu", transforms=[dict(type="HorizontalFlip", p=1.0)]))
    before = sample()
    out = flip(dict(before))
    assert np.array_equal(out["img"], before["img"][:, ::-1])
    assert np.array_equal(out["gt_seg_map"], block_labels()[:, ::-1])


class OneSample:
    def __init__(self):
        self.pipeline = [albu()]

    def __getitem__(self, index):
        return self.pipeline[0](sample())


def test_the_key_of_a_sample_decides():
    dataset = KeyedDataset(OneSample())
    outs = [dataset[SampleKey(0, seed)]["img"] for seed in (1, 2, 3, 1)]
    assert np.array_equal(outs[0], outs[3])
    assert len({o.tobytes() for o in outs}) > 1
