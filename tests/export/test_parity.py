import numpy as np
import pytest
import torch

from seg_plugins.export.parity import compare_at, miou_of, resized_images, speed_of


def scores(image, metas):
    return torch.cat([image, -image], 1)


def test_sizes_are_own_half_odd_other_aspect_and_smallest():
    sizes = [tuple(image.shape[2:]) for image in resized_images(torch.zeros(1, 3, 360, 480), 32)]
    assert sizes == [(360, 480), (180, 240), (135, 181), (90, 361), (32, 32)]


def test_equal_scores_agree_and_others_do_not():
    image = torch.randn(1, 1, 40, 50)
    same = compare_at(image, scores, scores)
    assert (same.error, same.equal, same.size) == (0, 1, (40, 50))
    turned = compare_at(image, scores, lambda image, metas: -scores(image, metas))
    assert turned.error > 0.5 and turned.equal < 0.01
    nan = compare_at(image, scores, lambda image, metas: scores(image, metas) * np.nan)
    assert nan.error == np.inf


@pytest.mark.parametrize("wrong", [lambda x, m: x[..., :-1], lambda x, m: 1 / 0])
def test_scores_of_another_size_and_errors_are_reasons(wrong):
    found = compare_at(torch.randn(1, 1, 4, 4), scores, wrong)
    assert found.reason and found.equal == 0


def test_a_size_that_the_network_refuses_is_left_out():
    def refuses(image, metas):
        raise RuntimeError("kernel size can't be greater than actual input size")

    assert compare_at(torch.randn(1, 1, 4, 4), refuses, scores) is None


def test_mean_iou_is_over_classes_that_occur():
    assert miou_of(np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])) == pytest.approx(100 * (3 / 4 + 4 / 5) / 2)


def test_speed_is_of_both():
    assert len(speed_of(torch.zeros(1, 1, 4, 4), scores, scores)) == 2
