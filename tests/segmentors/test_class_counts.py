"""A checkpoint for another number of classes is told by its head, whatever layers the head has."""

import pytest

from seg_plugins.checkpoints.fitting import mismatch
from tests.segmentors.base import MODEL_BASES, build
from tests.segmentors.test_mask_rcnn import build as build_mask_rcnn

TINY = sorted(p.stem for p in MODEL_BASES.glob("*_tiny*.py") if not p.stem.startswith("mask_rcnn"))


def test_the_list_is_not_empty():
    assert len(TINY) == 33


@pytest.mark.parametrize("name", [name for name in TINY if name != "espnet_tiny"])
def test_the_head_and_both_counts_are_named(name):
    mine, theirs = build(name, 5).state_dict(), build(name, 7).state_dict()
    assert "decode_head has 7 classes there and 5 in the config" in mismatch(mine, theirs)
    assert mismatch(mine, build(name, 5).state_dict()) == ""


def test_a_decoder_that_computes_in_classes_is_of_another_shape():
    """In ESPNet, every layer of the decoder has one channel per class."""
    mine, theirs = build("espnet_tiny", 5).state_dict(), build("espnet_tiny", 7).state_dict()
    assert "decode_head.conv_seg.weight: (7, 7, 2, 2) there, (5," in mismatch(mine, theirs)


def test_every_head_of_mask_rcnn_is_named():
    mine = build_mask_rcnn("tiny", 5, (3, 4)).state_dict()
    theirs = build_mask_rcnn("tiny", 7, (3, 4, 5)).state_dict()
    told = mismatch(mine, theirs)
    assert "another number of classes" in told
    assert "decode_head has 7 classes there and 5 in the config" in told
    assert "box_head has 3 classes there and 2 in the config" in told
    assert "mask_head has 3 classes there and 2 in the config" in told
    assert mismatch(mine, build_mask_rcnn("tiny", 5, (0, 1)).state_dict()) == ""


def test_another_architecture_is_not_taken_for_another_class_count():
    assert "another architecture" in mismatch(
        build("unet_tiny", 5).state_dict(), build("segnet_tiny", 7).state_dict()
    )
