from seg_plugins.zoo.tables.grid import Grid, render_grid_page
from tests.report.test_page import check


def test_figures_sort_as_numbers_and_names_are_text(tmp_path):
    rows = [[("a<b", None), ("61.0 ± 1.4", tmp_path / "configs/a.py")], [("c", None), ("", None)]]
    grid = Grid("A <title>", ["model", "mIoU"], rows, ("model",), "A note & more.")
    html = render_grid_page(grid)
    checker = check(html)
    assert checker.links == [] and "A &lt;title&gt;" in html and "A note &amp; more." in html
    assert '<td class="text">a&lt;b</td><td data-v="61">61.0 ± 1.4</td>' in html
    assert '<td data-v="">-</td>' in html and '<th scope="col" class="text">' in html
    lines = grid.markdown(tmp_path).splitlines()
    assert lines[:3] == ["| model | mIoU |", "| --- | ---: |", "| a<b | [61.0 ± 1.4](configs/a.py) |"]
    assert lines[-1] == "A note & more."
