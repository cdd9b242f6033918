import numpy as np
import pytest
from matplotlib.figure import Figure

from seg_plugins.doctor.charts import class_chart, size_chart, size_words


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are saved."""
    figures = []
    save = Figure.savefig

    def keep(figure, *arguments, **more):
        figures.append(figure)
        save(figure, *arguments, **more)

    monkeypatch.setattr(Figure, "savefig", keep)
    return figures


def test_bars_begin_at_0_unless_classes_are_too_far_apart(drawn):
    class_chart({"train": [60, 39, 1], "val": [50, 50, 0]}, ["a", "b", "c"])
    axes = drawn[0].axes[0]
    assert axes.get_xscale() == "linear" and axes.get_xlim()[0] == 0
    assert [bar.get_width() for bar in axes.patches][:3] == [60, 39, 1]


def test_on_a_logarithmic_axis_points_stand_and_no_bars(drawn):
    class_chart({"train": [10000, 300, 3]}, ["a", "$b$", "c"])
    axes = drawn[0].axes[0]
    assert axes.get_xscale() == "log" and not axes.patches and "logarithmic" in axes.get_xlabel()
    low, high = axes.get_xlim()
    assert low < 100 * 3 / 10303 and high >= 100 and np.log10(low) % 1 == pytest.approx(0)


@pytest.mark.parametrize("pixels", [{"train": [0, 0]}, {"train": [5, 0]}, {}])
def test_classes_without_a_pixel_are_no_obstacle(pixels):
    assert class_chart(pixels, ["a", "b"]).startswith(b"\x89PNG")


def test_sizes_are_drawn_from_0_where_they_differ(drawn):
    assert size_chart({"train": [[4, 6, 3]], "val": [[4, 6, 1]]}) is None and size_chart({}) is None
    sizes = {"train": [[40, 60, 9], [100, 50, 1]], "val": []}
    assert size_chart(sizes)
    axes = drawn[0].axes[0]
    assert axes.get_xlim()[0] == axes.get_ylim()[0] == 0
    assert axes.get_xlim()[1] > 60 and axes.get_ylim()[1] > 100
    assert size_words(sizes) == ("2 sizes (width x height), from 60 x 40 to 50 x 100; median 60 x 40.")
    assert size_words({"train": []}) == "No image could be read."
