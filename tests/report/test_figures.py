import cv2
import numpy as np
import pytest

from seg_plugins.report import figures
from tests.report.base import CLASSES, record


def decoded(png):
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture.std() > 1
    return picture


@pytest.mark.parametrize("k", [2, 19, 60])
def test_confusion_matrix_draws_dark_where_pixels_are(k):
    matrix = np.eye(k, dtype=np.int64) * 50
    matrix[0] = 0  # a class without truth
    picture = decoded(figures.confusion_figure(matrix, [f"c{i}" for i in range(k)]))
    dark_blue = (picture[..., 0] > 90) & (picture[..., 2] < 40)
    assert dark_blue.sum() > 500


@pytest.mark.parametrize("name", ["$\\nothing$", "US$ 1 and US$ 2", "a$", "_a", "%s {0} \\"])
def test_names_are_no_formulas(name):
    runs, bins = {name: np.array([50.0, 20.0])}, np.ones((3, 10))
    decoded(figures.confusion_figure(np.eye(2, dtype=np.int64), [name, "b"]))
    decoded(figures.class_bars(runs, [name, "b"]))
    decoded(figures.reliability_figure({name: bins}))
    decoded(figures.coverage_figure({name: bins}))
    decoded(figures.image_scatter(np.array([[10.0, 20.0], [30.0, 40.0]]), [name, name]))


def test_class_bars_of_one_and_two_runs():
    scores = record().scores()["IoU"]
    one = decoded(figures.class_bars({"a": scores}, CLASSES))
    two = decoded(figures.class_bars({"a": scores, "b": scores / 2}, CLASSES))
    assert two.shape[0] > one.shape[0]
    decoded(figures.class_bars({"a": np.full(4, np.nan)}, CLASSES))


def test_reliability_coverage_and_scatter():
    bins = record().calibration
    decoded(figures.reliability_figure({"a": bins}))
    decoded(figures.reliability_figure({"a": bins, "b": bins}))
    decoded(figures.coverage_figure({"a": bins}))
    decoded(figures.coverage_figure({"a": bins, "b": bins}))
    decoded(figures.image_scatter(np.array([[1.0, 50, 99], [2, 40, 100]]), ("a", "b")))


def test_figures_are_reproducible():
    assert figures.class_bars({"a": np.array([1.0, 2, 3, 4])}, CLASSES) == figures.class_bars(
        {"a": np.array([1.0, 2, 3, 4])}, CLASSES
    )
