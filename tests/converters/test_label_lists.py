"""Tests of lists of labelled and unlabelled images."""

import cv2
import numpy as np
import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.label_lists import ListRule, write_label_lists


@pytest.fixture
def prepared(tmp_path):
    """Twenty images; class 2 stands in image 13 only, and image 20 has no label."""
    for kind in ("images/train", "labels/train"):
        (tmp_path / kind).mkdir(parents=True)
    for i in range(21):
        image = np.full((24, 32, 3), 40 * (i // 5), np.uint8) + np.uint8(i % 5)
        cv2.imwrite(str(tmp_path / f"images/train/f{i:02d}.png"), image)
        if i < 20:
            label = np.full((24, 32), 2 * (i == 13), np.uint8)
            cv2.imwrite(str(tmp_path / f"labels/train/f{i:02d}.png"), label)
    return tmp_path


def names(path):
    return path.read_text().split()


@pytest.mark.parametrize("method", ["spaced", "medoids", "random"])
def test_the_two_lists_are_all_labelled_images_once(prepared, method):
    written = write_label_lists(prepared, ListRule([4, 10], 2, method))
    assert [lists.counts for lists in written] == [(5, 15), (5, 15), (2, 18), (2, 18)]
    for lists in written:
        both = names(lists.labelled) + names(lists.unlabelled)
        assert sorted(both) == [f"f{i:02d}" for i in range(20)]
    assert written[0].labelled == prepared / "lists/labelled-4-0.txt"
    assert method == "medoids" or names(written[0].labelled) != names(written[1].labelled)


def test_spaced_lists_begin_at_other_images(prepared):
    written = write_label_lists(prepared, ListRule([4], 2))
    assert names(written[0].labelled) == ["f00", "f04", "f08", "f12", "f16"]
    assert names(written[1].labelled) == ["f02", "f06", "f10", "f14", "f18"]


def test_medoids_take_every_kind_of_image(prepared):
    (lists,) = write_label_lists(prepared, ListRule([5], 1, "medoids"))
    assert [int(name[1:]) // 5 for name in names(lists.labelled)] == [0, 1, 2, 3]


def test_classes_that_no_labelled_image_has_are_named(prepared):
    first, second = write_label_lists(prepared, ListRule([4], 2))
    assert first.missing == second.missing == (2,)
    (whole,) = write_label_lists(prepared, ListRule([2], 1, "random", 1))
    assert whole.missing == (() if "f13" in names(whole.labelled) else (2,))


@pytest.mark.parametrize(
    "rule, words",
    [
        (ListRule([1]), "--label-fractions 1: 1/1 of the images; use 2 or more"),
        (ListRule([30]), "holds 20 labelled images, and 1/30 of them is less than one image"),
        (ListRule([2], 3), "--lists 3: evenly spaced images allow 2 lists"),
        (ListRule([2], 1, "k-centre"), "--method k-centre: choose one of spaced, medoids, random"),
    ],
)
def test_lists_that_are_not_possible_are_refused(prepared, rule, words):
    with pytest.raises(SourceError, match=words):
        write_label_lists(prepared, rule)
    assert not (prepared / "lists").exists()


def test_a_folder_that_is_not_prepared_is_refused(tmp_path):
    with pytest.raises(SourceError, match="prepare the data set first"):
        write_label_lists(tmp_path, ListRule([8]))
