import pytest
from matplotlib.figure import Figure

from seg_plugins.report.plot_text import plot_text


@pytest.mark.parametrize("name", ["$\\frac$", "$x$ $", "\\$a$", "100 %", "a\nb", "plain"])
def test_names_are_drawn_as_they_are(name):
    figure = Figure()
    text = figure.text(0, 0, plot_text(name))
    figure.canvas.draw()
    assert text._preprocess_math(text.get_text()) == (name, False)
