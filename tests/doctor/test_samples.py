import cv2
import numpy as np
import pytest

from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
from seg_plugins.doctor.samples import class_examples, images_under_masks, only, split_palette
from tests.doctor.base import CLASSES, config, make


@pytest.fixture
def looked_at(tmp_path):
    splits = read_splits(make(tmp_path))
    return splits, inspect_all(splits)


def pixels_of(picture):
    return cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)


def test_masks_are_laid_over_their_own_images(looked_at):
    """Red squares and blue discs where the labels have them, within what JPEG changes."""
    splits, found = looked_at
    pictures = images_under_masks(splits[0], found, split_palette(splits[0]))
    assert [p.caption for p in pictures] == [f"{i:04d}.png" for i in range(6)]
    label = cv2.imread(next(i.label for i in found if i.image.endswith("train/0003.png")), 0)
    inside = {n: cv2.erode((label == n).astype(np.uint8), np.ones((5, 5))) > 0 for n in (1, 2)}
    red, _, blue = np.moveaxis(pixels_of(pictures[3]), -1, 0)
    assert (red - blue)[inside[1]].mean() > 80 and (blue - red)[inside[2]].mean() > 80


def test_examples_go_from_the_fullest_image_to_the_one_with_least(looked_at):
    splits, found = looked_at
    examples = class_examples(splits, found, split_palette(splits[0]))
    assert list(examples) == list(CLASSES) and {len(v) for v in examples.values()} == {4}
    shares = [float(p.caption.split(" %")[0]) for p in examples["disc"]]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(100 * max(i.counts[2] / i.labelled for i in found), rel=0.06)


def test_a_class_stands_out_from_the_rest():
    image, chosen = np.full((30, 30, 3), (200, 0, 0), np.uint8), np.zeros((30, 30), bool)
    chosen[10:20, 10:20] = True
    seen = only(image, chosen, np.array([1, 2, 3]))
    assert (seen[chosen] == (200, 0, 0)).all() and seen[9, 15].tolist() == [1, 2, 3]
    assert len(set(seen[0, 0].tolist())) == 1 and seen[0, 0, 0] > 170


def test_faulty_entries_and_absent_classes_have_no_picture(tmp_path):
    cfg = make(tmp_path, train=2)
    (tmp_path / "labels" / "train" / "0001.png").write_bytes(b"broken")
    cfg = config(tmp_path, metainfo=dict(classes=(*CLASSES, "unicorn")))
    splits = read_splits(cfg)
    found = inspect_all(splits)
    colours = split_palette(splits[0])
    assert len(colours) == 4 and len(images_under_masks(splits[0], found, colours)) == 1
    assert "unicorn" not in class_examples(splits, found, colours)
