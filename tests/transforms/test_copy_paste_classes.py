import numpy as np
import pytest
from mmseg.registry import DATASETS

from seg_plugins.transforms.copy_paste_classes import CopyPasteClasses, paste, pieces
from tests.datasets.base import folder_config, write_pair

SHAPE = (40, 60)


def labels_with_things():
    labels = np.zeros(SHAPE, np.uint8)
    labels[5:15, 5:20] = 2
    labels[25:35, 40:50] = 2
    labels[38, 58] = 2
    return labels


def sample(value, labels):
    image = np.stack([labels + np.uint8(value)] * 4, axis=-1)
    return dict(img=image, gt_seg_map=labels, seg_fields=["gt_seg_map"])


def test_pieces_are_connected_and_large_enough():
    assert sorted(int(p.sum()) for p in pieces(labels_with_things(), [1, 2], 10)) == [100, 150]


@pytest.mark.parametrize("shift", [(0, 0), (3, -10), (35, 50), (-100, 0)])
def test_pixels_and_labels_move_together(shift):
    target, source = sample(100, np.zeros(SHAPE, np.uint8)), sample(50, labels_with_things())
    piece = pieces(source["gt_seg_map"], [2], 10)[0]
    paste(target, source, piece, shift)
    expected = np.zeros(SHAPE, bool)
    y, x = np.nonzero(piece)
    y, x = y + shift[0], x + shift[1]
    fits = (y >= 0) & (y < SHAPE[0]) & (x >= 0) & (x < SHAPE[1])
    expected[y[fits], x[fits]] = True
    assert np.array_equal(target["gt_seg_map"] == 2, expected)
    assert (target["img"][expected] == 52).all() and (target["img"][~expected] == 100).all()


def test_instances_get_new_ids():
    target, source = sample(100, np.zeros(SHAPE, np.uint8)), sample(50, labels_with_things())
    target["gt_instance_map"] = np.full(SHAPE, 7, np.int32)
    paste(target, source, pieces(source["gt_seg_map"], [2], 10)[0], (0, 0))
    assert set(np.unique(target["gt_instance_map"])) == {7, 8}


def test_inputs_stay_and_sizes_may_differ():
    target = sample(100, np.zeros((20, 30), np.uint8))
    out = CopyPasteClasses([2], min_pixels=10)(target | dict(mix_results=[sample(50, labels_with_things())]))
    assert (target["img"] == 100).all() and (out["gt_seg_map"] == 2).any()


def test_in_upstream_s_wrapper(tmp_path):
    """Only one image of four has the class; with probability 1 every sample gets it."""
    for i in range(4):
        labels = labels_with_things() if i == 3 else np.zeros(SHAPE, np.uint8)
        write_pair(tmp_path, "train", f"s{i}", shape=SHAPE, label=labels)
    inner = folder_config(tmp_path)
    inner["pipeline"] = inner["pipeline"][:2]
    paste_them = dict(type="CopyPasteClasses", classes=[2], prob=1.0, shift=(0.0, 0.0), min_pixels=10)
    mix = dict(type="MultiImageMixDataset", dataset=inner, pipeline=[paste_them, dict(type="PackSegInputs")])
    made = DATASETS.build(mix)
    assert all((made[i]["data_samples"].gt_sem_seg.data == 2).sum() >= 250 for i in range(4))
    mix["pipeline"][0]["classes"] = [1]
    with pytest.raises(ValueError, match="no image has a pixel of the classes"):
        DATASETS.build(mix)[0]
