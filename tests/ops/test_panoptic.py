import numpy as np
import pytest
import torch

from seg_plugins.ops.panoptic import Segments, merged_segments, panoptic_counts, true_segments


def test_true_segments_with_instances():
    labels = np.array([[1, 1, 2, 2, 0, 255, 2], [1, 1, 255, 255, 0, 0, 255]])
    ids = np.array([[5, 5, 8, 0, 0, 0, 9], [5, 0, 4, 4, 0, 0, 9]])
    found = true_segments(labels, ids, [1, 2])
    # id 4 is mostly unlabelled, so there is none; id 9 is half unlabelled and keeps its class
    assert found.classes.tolist() == [1, 2, 2, 0, 1, 2]
    assert found.crowd.tolist() == [False, False, False, False, True, True]
    assert found.numbers.tolist() == [[1, 1, 2, 6, 4, 0, 3], [1, 5, 0, 0, 4, 4, 3]]


def test_true_segments_without_instances_are_components():
    found = true_segments(np.array([[1, 0, 1], [0, 0, 1]]), None, [1])
    assert found.classes.tolist() == [1, 1, 0] and not found.crowd.any()
    assert found.numbers.tolist() == [[1, 3, 2], [3, 3, 2]]


def merged(classes, scores, masks, **options):
    masks = torch.where(torch.tensor(masks, dtype=torch.bool), 5.0, -5.0)
    numbers, kinds = merged_segments(torch.tensor(classes), torch.tensor(scores), masks, [1], **options)
    return numbers.tolist(), kinds.tolist()


def test_things_stay_apart_and_stuff_is_one():
    masks = [[[1, 0, 0, 0, 0]], [[0, 1, 0, 0, 0]], [[0, 0, 1, 0, 0]], [[0, 0, 0, 1, 0]]]
    assert merged([1, 0, 1, 0], [0.9] * 4, masks) == ([[1, 2, 3, 2, 0]], [1, 0, 1])


def test_the_better_query_wins_and_the_covered_one_is_dropped():
    masks = [[[1, 1, 1, 0]], [[0, 1, 1, 1]]]
    assert merged([1, 1], [0.9, 0.8], masks, overlap=0.3) == ([[1, 1, 1, 2]], [1, 1])
    assert merged([1, 1], [0.9, 0.8], masks, overlap=0.5) == ([[1, 1, 1, 0]], [1])


def test_no_query_is_no_segment():
    numbers, kinds = merged_segments(torch.zeros(0).long(), torch.zeros(0), torch.zeros(0, 2, 3), [1])
    assert numbers.tolist() == [[0] * 3] * 2 and len(kinds) == 0


def counts(true, predicted, kinds, classes, crowd=None, num_classes=2):
    true, predicted = np.array([true]), np.array([predicted])
    crowd = np.array(crowd or [False] * len(kinds))
    segments = Segments(true, np.array(kinds), crowd)
    return panoptic_counts(segments, predicted, np.array(classes, int), num_classes).tolist()


def test_a_match_a_miss_and_a_false_alarm():
    """Segment 1 has 4 pixels of which 3 are found: IoU 3 / 4. Segment 2 is found with IoU 1 / 3."""
    found = counts([1, 1, 1, 1, 2, 2, 2], [1, 1, 1, 0, 2, 0, 0], [0, 1], [0, 1])
    assert found == [[0.75, 1, 0, 0], [0, 0, 1, 1]]


def test_half_is_no_match_and_classes_do_not_match_each_other():
    assert counts([1, 1], [1, 0], [0], [0]) == [[0, 0, 1, 1], [0] * 4]
    assert counts([1, 1], [1, 1], [0], [1]) == [[0, 0, 0, 1], [0, 0, 1, 0]]


def test_pixels_without_a_label_leave_the_union_and_excuse_a_false_alarm():
    """Segment 1 of the prediction: 2 of 3 pixels are unlabelled. Its union with the true one is one pixel."""
    assert counts([1, 0, 0], [1, 1, 1], [0], [0]) == [[1, 1, 0, 0], [0] * 4]
    assert counts([1, 0, 0], [1, 1, 1], [0], [1]) == [[0, 0, 0, 1], [0] * 4]  # excused: 2 / 3
    assert counts([1, 0], [1, 1], [0], [1]) == [[0, 0, 0, 1], [0, 0, 1, 0]]  # one half is not enough


def test_a_crowd_need_not_be_found_and_excuses_its_class_only():
    crowd = dict(kinds=[1], crowd=[True])
    assert counts([1, 1, 1], [1, 2, 2], classes=[1, 1], **crowd) == [[0] * 4, [0] * 4]
    assert counts([1, 1, 1], [0, 0, 0], classes=[], **crowd) == [[0] * 4, [0] * 4]
    assert counts([1, 1, 1], [1, 1, 1], classes=[0], **crowd) == [[0, 0, 1, 0], [0] * 4]


@pytest.mark.parametrize("seed", range(5))
def test_it_counts_as_torchmetrics_does(seed):
    """Where every pixel has a prediction; others leave the union there, which panopticapi does not do."""
    functional = pytest.importorskip("torchmetrics.functional.detection._panoptic_quality_common")
    random = np.random.default_rng(seed)

    def blocks(count, side=24):
        return np.kron(random.integers(0, count, (side // 4, side // 4)), np.ones((4, 4), int))

    numbers = blocks(9)
    kinds = random.integers(0, 3, 8)
    predicted = np.where(random.random(numbers.shape) < 0.2, blocks(8) + 1, np.maximum(numbers, 1))
    classes = np.where(random.random(8) < 0.2, random.integers(0, 3, 8), kinds)
    found = panoptic_counts(Segments(numbers, kinds, np.zeros(8, bool)), predicted, classes, 3)

    def colours(values, of):
        return torch.from_numpy(np.stack([np.append(3, of)[values], values], -1)).flatten(0, 1)[None]

    sums = functional._panoptic_quality_update(
        colours(predicted, classes), colours(numbers, kinds), {0: 0, 1: 1, 2: 2}, (3, 0)
    )
    for column, expected in enumerate(sums):
        assert found[:, column] == pytest.approx(expected.numpy()), column
    assert found[:, 1].sum() > 0
