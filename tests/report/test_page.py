import re
from html.parser import HTMLParser

import numpy as np

from seg_plugins.report.page import cards, figure, legend, metric_table, page, section, table


class Checker(HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.sources, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.sources += [v for k, v in attrs if k in ("src", "href") and tag != "a"]
        self.links += [v for k, v in attrs if k == "href" and tag == "a"]
        if tag not in ("meta", "img", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check(text):
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    assert all(s.startswith("data:") for s in checker.sources)
    return checker


def test_a_page_is_whole_and_needs_no_network():
    text = page(
        "A <run>", {"Config": "a&b"}, [cards({"mIoU": "1.0"}), section("S", figure(b"x", "c"), note="n<")]
    )
    assert check(text).sources == ["data:image/png;base64,eA=="]
    assert "A &lt;run&gt;" in text
    assert "a&amp;b" in text
    assert not re.search(r"https?://", text)


def test_tables_carry_sort_values_and_escape_text():
    text = table(["class", "IoU", "d"], [("a<b", 3.14159, -1.0), ("c", np.nan, 0.001)], signed=[2])
    check(text)
    assert "a&lt;b" in text
    assert '<td data-v="3.14159">3.14</td>' in text
    assert '<td data-v="">&ndash;</td>' in text
    assert '<td class="down" data-v="-1.0">-1.00</td>' in text
    assert '<td data-v="0.001">+0.00</td>' in text


def test_sentences_are_wrapped():
    text = table(["kind", "what"], [("bad file", "label a.png holds 77, which is no class")])
    assert '<td class="text">bad file</td><td class="sentence">label a.png' in text


def test_integers_and_swatches():
    text = table(["class", "n"], [("a", 12345)], np.array([[1, 2, 3]]))
    assert "12,345" in text
    assert "rgb(1,2,3)" in text


def test_metric_table_leaves_classes_to_their_own():
    text = metric_table({"mIoU": 5.0, "IoU.car": 3.0, "absent_classes": ["x", "y"]})
    assert "mIoU" in text
    assert "IoU.car" not in text
    assert "x, y" in text


def test_links_lead_to_places_beside_the_page_whatever_their_names():
    checker = check(page("t", {}, [], {"Maps <b>": "../my maps/#1?", "Odd": "javascript:alert(1)\udcff"}))
    assert checker.links == ["./../my%20maps/%231%3F", "./javascript%3Aalert%281%29%FF"]


def test_a_page_is_for_light_and_dark_screens_of_any_width():
    text = page("t", {}, [])
    assert (
        "prefers-color-scheme: dark" in text and "width=device-width" in text and "max-width: 700px" in text
    )


def test_pictures_are_enlarged_by_a_click_and_charts_alone_are_made_dark():
    chart, photo = figure(b"x"), figure(b"x", kind="jpeg")
    assert 'class="chart"' in chart and "class" not in photo
    script = page("t", {}, [chart])
    assert 'querySelectorAll("figure img")' in script and "showModal" in script


def test_columns_can_be_sorted_visibly_before_the_first_click():
    assert "th button::after" in page("t", {}, [])


def test_a_legend_shows_each_colour():
    text = legend(["a<b", "c"], [(1, 2, 3), (4, 5, 6)])
    check(text)
    assert "rgb(1,2,3)" in text and "a&lt;b" in text
