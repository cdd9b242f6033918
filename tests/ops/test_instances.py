import numpy as np
import pytest
import torch
from skimage.measure import label

from seg_plugins.ops.instances import instances_from_maps, number_instances, paste_into_logits, paste_mask


def street():
    sem_seg = torch.zeros(20, 30, dtype=torch.long)
    sem_seg[2:8, 3:10] = 5
    sem_seg[2:8, 10:16] = 5
    sem_seg[12:18, 20:28] = 7
    sem_seg[0, 0] = 255
    return sem_seg


def test_components_join_what_touches():
    found = instances_from_maps(street(), (5, 7))
    assert found.labels.tolist() == [0, 1]
    assert found.boxes.tolist() == [[3, 2, 16, 8], [20, 12, 28, 18]]
    assert found.masks.sum((1, 2)).tolist() == [78, 48]


@pytest.mark.parametrize("seed", range(5))
def test_components_are_those_of_skimage(seed):
    """scikit-image with its default connectivity (8 neighbours), class by class."""
    labels = np.random.default_rng(seed).integers(0, 4, (23, 31))
    numbers, classes = number_instances(labels, (3, 1))
    first, second = label(labels == 3), label(labels == 1)
    assert np.array_equal(numbers, np.where(second > 0, second + first.max(), first))
    assert classes.tolist() == [3] * first.max() + [1] * second.max()


@pytest.mark.parametrize("seed", range(5))
def test_ids_have_the_class_of_most_of_their_pixels(seed):
    random = np.random.default_rng(seed)
    labels, ids = random.integers(0, 4, (23, 31)), random.choice([-1, 0, 7, 24001, 300], (23, 31))
    numbers, classes = number_instances(labels, (), ids)
    assert numbers.max() == len(classes) == 3 and ((numbers > 0) == (ids > 0)).all()
    for number, (i, k) in enumerate(zip((7, 300, 24001), classes, strict=True), 1):
        assert np.array_equal(numbers == number, ids == i)
        counts = [(labels[ids == i] == c).sum() for c in range(4)]
        assert k == np.argmax(counts)


def test_ids_keep_touching_things_apart_and_stuff_out():
    ids = torch.zeros(20, 30, dtype=torch.long)
    ids[2:8, 3:10], ids[2:8, 10:16], ids[12:18, 20:28] = 300, 2, 9
    found = instances_from_maps(street(), (5,), ids)
    assert sorted(found.boxes.tolist()) == [[3, 2, 10, 8], [10, 2, 16, 8]]
    assert found.labels.tolist() == [0, 0]


def test_small_ones_are_left_out_and_none_is_fine():
    assert len(instances_from_maps(street(), (5, 7), min_area=50).labels) == 1
    none = instances_from_maps(torch.zeros(4, 4, dtype=torch.long), (5,))
    assert none.boxes.shape == (0, 4) and none.masks.shape == (0, 4, 4)


def test_paste_fills_its_box_and_is_cut_at_the_border():
    rows, columns, values = paste_mask(torch.ones(28, 28), (4.0, 6.0, 10.0, 9.0), (20, 20))
    assert (rows, columns) == (slice(6, 9), slice(4, 10))
    assert (values > 0.5).all()
    rows, columns, values = paste_mask(torch.ones(28, 28), (-4.0, 15.0, 10.0, 40.0), (20, 20))
    assert values.shape == (5, 10)


def test_paste_keeps_the_shape_of_the_mask():
    half = torch.zeros(28, 28)
    half[:, :14] = 1
    _, _, values = paste_mask(half, (0.0, 0.0, 20.0, 10.0), (10, 20))
    assert (values[:, :10] > 0.5).all() and (values[:, 10:] < 0.5).all()


def test_the_higher_score_lies_on_top():
    logits = torch.zeros(3, 1, 4)
    logits[0] = 5
    masks = torch.tensor([[[True, True]], [[True, True]]])
    places = [(slice(0, 1), slice(0, 2)), (slice(0, 1), slice(1, 3))]
    for scores, wanted in [([0.9, 0.6], [1, 1, 2, 0]), ([0.6, 0.9], [1, 2, 2, 0])]:
        merged = paste_into_logits(logits, masks, places, [1, 2], scores)
        assert merged.argmax(0)[0].tolist() == wanted
    assert logits[1].abs().sum() == 0
