import pytest
from PIL import Image

from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.page import render_table_page
from seg_plugins.zoo.tables.render import render_markdown
from seg_plugins.zoo.tables.table import build_table
from tests.report.test_page import check
from tests.zoo.base import write_records, write_suite


@pytest.fixture
def page(layout):
    name = "<script>alert(1)</script>"
    write_suite(
        layout.root, "toy", {"models": [{"config": "net/net_a_*.py", "name": name}, "net/net_b_*.py"]}
    )
    write_records(layout)
    Image.new("RGB", (4, 4)).save(layout.root / "a.jpg")
    table = build_table(load_suite(layout, "toy"), read_records(layout.results("toy")))
    places = {"net_a_1xb4-1k_toy-8x8": layout.root / "a.jpg"}
    return render_table_page(table, lambda stem: places.get(stem, layout.root / "none"))


def test_it_is_whole_html_that_needs_no_other_file(page):
    checker = check(page)
    assert page.count("<script>") == 1 and "alert(1)</script>" not in page
    assert all(link.startswith("#") for link in checker.links)


def test_it_has_a_picture_per_model_a_curve_per_run_bars_and_classes(page):
    assert page.count("data:image/jpeg") == 1
    assert (
        page.count("<polyline") == 4 and page.count("<circle") == 4 * 2 + 4
    )  # loss has two points, mIoU one
    assert page.count('class="bar"') == 2 * 6
    assert "IoU per class" in page and "car" in page


def test_classes_have_mean_and_deviation_over_seeds_and_curves_their_seeds(page):
    assert page.count(">90.0<br><small>± 0.0</small>") == 2
    assert page.count("</i>seed 1</span>") == 4


def test_classes_stand_in_the_order_of_the_data_set_and_cells_in_one_hue(layout):
    write_records(layout)
    table = build_table(load_suite(layout, "toy"), read_records(layout.results("toy")))

    def heads(*order):
        html = render_table_page(table, lambda stem: layout.root / "none", lambda model: order)
        part = html[html.index("IoU per class") :]
        return part.index(">car<") < part.index(">road<"), html

    assert heads("car", "road")[0] and not heads("road", "unicorn", "car")[0]
    assert "hsl(" not in heads()[1] and 'class="heat" style="--w:54%"' in heads()[1]


def test_published_figures_and_differences_stand_only_where_there_are_some(layout, page):
    assert ">published</button>" not in page and ">difference</button>" not in page
    figure = dict(value=58.5, metric="mIoU", data="toy", protocol="val, once", source="https://a.b/c")
    models = [{"config": "net/net_a_*.py", "published": figure}, "net/net_b_*.py"]
    write_suite(layout.root, "toy", {"models": models})
    table = build_table(load_suite(layout, "toy"), read_records(layout.results("toy")))
    page = render_table_page(table, lambda stem: layout.root / "none")
    assert '58.5 mIoU<br><small>val, once, <a href="https://a.b/c">source</a>' in page
    assert '<td data-v="2.5">+2.5</td>' in page  # 60 and 62 measured


def test_a_curve_that_is_not_finite_is_drawn_where_it_is(layout):
    write_records(layout)
    records = read_records(layout.results("toy"))
    for record in records.values():
        record["curve"] = {"loss": [[50, 1.0], [75, float("nan")], [100, 0.5]]}
    page = render_table_page(
        build_table(load_suite(layout, "toy"), records), lambda stem: layout.root / "none"
    )
    assert page.count("<polyline") == 4 and "nan" not in page


def test_a_source_that_is_a_script_is_no_link(layout):
    source = {"value": 60, "protocol": "<b>p", "source": "javascript://%0aalert(1)", "data": "toy"}
    models = [{"config": "net/net_a_*.py", "published": source, "name": "<i>a"}]
    write_suite(layout.root, "toy", {"models": models})
    table = build_table(load_suite(layout, "toy"), {})
    html = render_table_page(table, lambda line: layout.root / "none.jpg")
    assert 'href="javascript' not in html and "<b>p" not in html and "<i>a" not in html
    assert "](javascript" not in render_markdown(table)
