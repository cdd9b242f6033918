"""A checkpoint for another number of classes is told by its head, whatever layers the head has."""

import pytest

from seg_plugins.launch.checkpoint_file import misfit
from tests.segmentors.base import MODEL_BASES, build

TINY = sorted(p.stem for p in MODEL_BASES.glob("*_tiny.py") if not p.stem.startswith("mask_rcnn"))


def test_the_list_is_not_empty():
    assert len(TINY) == 10


@pytest.mark.parametrize("name", TINY)
def test_the_head_and_both_counts_are_named(name):
    mine, theirs = build(name, 5).state_dict(), build(name, 7).state_dict()
    assert "decode_head has 7 classes there and 5 in the config" in misfit(mine, theirs)
    assert misfit(mine, build(name, 5).state_dict()) == ""


def test_another_architecture_is_not_taken_for_another_class_count():
    assert "another architecture" in misfit(
        build("unet_tiny", 5).state_dict(), build("segnet_tiny", 7).state_dict()
    )
