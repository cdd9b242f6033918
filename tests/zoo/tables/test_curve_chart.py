import re

import pytest

from seg_plugins.zoo.tables.curve_chart import HEIGHT, LEFT, MARGIN, WIDTH, curve_chart, ticks


def circles(svg):
    return [
        tuple(map(float, c))
        for c in re.findall(r'<circle r="[\d.]+" fill="[^"]+" cx="([-\d.]+)" cy="([-\d.]+)"', svg)
    ]


def test_one_validation_is_a_point_inside_axes_with_numbers():
    svg = curve_chart([(0, [[1000, 48.5]]), (1, [[1000, 47.1]])], "mIoU")
    assert len(circles(svg)) == 2 and "<polyline" not in svg and 'class="axis"' in svg
    assert all(LEFT <= x <= LEFT + WIDTH and MARGIN < y < MARGIN + HEIGHT for x, y in circles(svg))
    numbers = re.findall(r">([\d.]+)</text>", svg)
    assert "1000" in numbers and sum(47 < float(n) < 49 for n in numbers) >= 2


@pytest.mark.parametrize("value", [0.0, 1e-9, -3.0, 1e9])
def test_a_single_value_of_any_size_has_axes(value):
    svg = curve_chart([(0, [[0, value]])], "loss")
    assert len(circles(svg)) == 1 and "nan" not in svg and "inf" not in svg


def test_lower_values_stand_lower_and_values_that_are_not_finite_are_left_out():
    svg = curve_chart([(0, [[0, 1.0], [5, float("nan")], [10, 3.0], [20, 2.0]])], "loss")
    (x0, y0), (x1, y1), (x2, y2) = circles(svg)
    assert x0 < x1 < x2 and y1 < y2 < y0 and "nan" not in svg
    assert curve_chart([(0, [[1, float("inf")]]), (1, [])], "loss") == ""


def test_long_runs_are_lines_without_marks_and_many_runs_are_counted():
    long = [[i, float(i)] for i in range(100)]
    assert not circles(curve_chart([(0, long)], "loss"))
    assert "first 200 of 201 runs" in curve_chart([(s, long[:2]) for s in range(201)], "loss")


def test_colours_of_seeds_are_told():
    svg = curve_chart([(3, [[0, 1.0], [1, 2.0]]), (7, [[0, 2.0], [1, 1.0]])], "<b>")
    assert svg.count('class="swatch"') == 2 and "seed 7" in svg and "<b>" not in svg


@pytest.mark.parametrize("low, high", [(0, 3), (-7, 11), (47.2, 47.21), (1e-5, 9e-5), (0, 160000)])
def test_ticks_are_few_and_inside(low, high):
    found = ticks(low, high)
    assert 1 <= len(found) <= 6 and low <= found[0] and found[-1] <= high
