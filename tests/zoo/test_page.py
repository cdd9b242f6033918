from html.parser import HTMLParser

import pytest
from PIL import Image

from seg_plugins.zoo.page import render_page
from seg_plugins.zoo.record import read_records
from seg_plugins.zoo.suite import load_suite
from seg_plugins.zoo.table import build_table
from tests.zoo.base import write_records, write_suite

VOID = {"meta", "img", "br", "polyline", "circle"}


class Balance(HTMLParser):
    """Counts elements and checks that they close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.links = [], {}, []

    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


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
    return render_page(table, lambda stem: places.get(stem, layout.root / "none"))


def test_it_is_whole_html_that_needs_no_other_file(page):
    parser = Balance()
    parser.feed(page)
    assert parser.open == [] and parser.seen["script"] == 1
    assert all(link.startswith(("#", "data:")) for link in parser.links)


def test_it_has_a_picture_per_model_a_curve_per_run_bars_and_classes(page):
    assert page.count("data:image/jpeg") == 1
    assert page.count("<polyline") == 4 and page.count("<circle") == 4  # loss has two points, mIoU one
    assert page.count('class="n bar"') == 2 * 6
    assert "IoU per class" in page and "car" in page
