"""Tests of several sources in one data set."""

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

import seg_plugins.register  # noqa: F401
from seg_plugins.datasets import MultiSourceDataset
from seg_plugins.datasets.multi_source_dataset import validated_sources

CLASSES = dict(classes=("sky", "road"), palette=[[0, 0, 0], [255, 255, 255]])
PACK = [dict(type="LoadSegImage"), dict(type="PackSegInputs")]


@pytest.fixture
def root(tmp_path):
    init_default_scope("mmseg")
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
        for i in range(4):
            Image.fromarray(np.full((4, 4), i % 2, np.uint8)).save(tmp_path / folder / f"{i}.png")
    for name, listed in (("a", "0"), ("b", "1\n2\n3"), ("c", "0\n1")):
        (tmp_path / f"{name}.txt").write_text(listed)
    return tmp_path


def source(root, labelled=True, ann_file="", pipeline=PACK, **metainfo):
    prefix = dict(img_path="images") | (dict(seg_map_path="labels") if labelled else {})
    return dict(
        type="CheckedSegDataset", data_root=str(root), data_prefix=prefix, ann_file=ann_file,
        pipeline=pipeline, metainfo=CLASSES | metainfo, reduce_zero_label=False,
    )  # fmt: skip


def test_samples_have_all_branches(root):
    views = dict(type="MultiBranch", branch_field=["sup", "unsup_teacher", "unsup_student"],
                 unsup_teacher=PACK[1:], unsup_student=PACK[1:])  # fmt: skip
    unlabelled = source(root, False, pipeline=[PACK[0], views])
    made = MultiSourceDataset([source(root), unlabelled], ann_files=["a.txt", "b.txt"])
    assert [len(part) for part in made.datasets] == [1, 3]
    first, second = made[0]["inputs"], made[1]["inputs"]
    assert [name for name, view in first.items() if view is not None] == ["sup"]
    assert [name for name, view in second.items() if view is not None] == ["unsup_teacher", "unsup_student"]


def test_an_image_in_two_sources_is_named(root):
    with pytest.raises(ValueError, match=r"sources 0 and 1 .* share 1 images, such as .*images/0.png"):
        MultiSourceDataset([source(root), source(root, False)], ann_files=["a.txt", "c.txt"])


@pytest.mark.parametrize(
    "metainfo, words",
    [
        (dict(classes=("sky", "lane")), r"another classes at ids \[1\] \('lane' instead of 'road'\)"),
        (dict(classes=("sky", "road", "car"), palette=[[i] * 3 for i in range(3)]), "3 classes instead of 2"),
        (dict(palette=[[0, 0, 0], [9, 9, 9]]), r"another palette at ids \[1\]"),
    ],
)
def test_other_classes_are_named(root, metainfo, words):
    with pytest.raises(ValueError, match=words):
        MultiSourceDataset([source(root, ann_file="a.txt"), source(root, ann_file="b.txt", **metainfo)])


def test_a_list_for_each_source(root):
    with pytest.raises(ValueError, match="names 1 lists for 2 sources"):
        MultiSourceDataset([source(root), source(root)], ann_files=["a.txt"])


def test_sources_with_validation_images_are_named(root):
    train = MultiSourceDataset([source(root, ann_file="a.txt"), source(root, False, ann_file="b.txt")])
    first, second = (MultiSourceDataset([source(root, ann_file=f"{name}.txt")]).datasets[0] for name in "ac")
    (word,) = validated_sources(train, first)
    assert "source 0" in word and "holds 1 of 1 images of the validation" in word and "images/0.png" in word
    words = validated_sources(train, second)
    assert ["holds 1 of 2" in word for word in words] == [True, True] and "source 1" in words[1]
    assert validated_sources(train, None) == validated_sources(first, second) == []


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_list_of_unlabelled_images_is_refused(root, text):
    (root / "empty.txt").write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=r"empty\.txt"):
        MultiSourceDataset([source(root, ann_file="a.txt"), source(root, False, ann_file="empty.txt")])
