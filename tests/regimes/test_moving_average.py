"""Tests of the average of a network."""

import pytest
import torch
from torch import nn

from seg_plugins.regimes.moving_average import copy_network, follow, student_share


def network(seed):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    net(torch.randn(2, 3, 8, 8))
    return net


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_parameters_and_statistics_move_by_the_share(share):
    teacher, student = network(0), network(1)
    student(torch.randn(2, 3, 8, 8))
    before = {key: value.clone() for key, value in teacher.state_dict().items()}
    follow(teacher, student, share)
    for key, value in teacher.state_dict().items():
        there = student.state_dict()[key]
        if value.is_floating_point():
            torch.testing.assert_close(value, (1 - share) * before[key] + share * there)
        else:
            assert value == there == 2


def test_copies_are_equal_and_separate():
    teacher, student = network(0), network(1)
    copy_network(teacher, student)
    follow(teacher, network(2), 0.5)
    assert not torch.equal(teacher[0].weight, student[0].weight)


def test_the_first_average_is_the_student():
    assert student_share(0.004, 0) == 1.0
    assert student_share(0.004, 99) == 0.01
    assert student_share(0.004, 10**6) == 0.004
