import csv
import io
from pathlib import Path

import pytest

from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.render import caption, render_csv, render_latex, render_markdown
from seg_plugins.zoo.tables.table import build_table
from tests.zoo.base import add_config, write_records, write_suite

FIGURE = {"value": 70.0, "protocol": "test, ms", "source": "https://example.org/p", "data": "toy"}


@pytest.fixture
def table(layout):
    write_suite(
        layout.root,
        "toy",
        {
            "note": "A note.",
            "models": [
                {"config": "net/net_a_*.py", "name": "Net_A", "published": FIGURE, "band": [70, 80]},
                "net/net_b_*.py",
            ],
        },
    )
    write_records(layout)
    (layout.results("toy") / "net_b_1xb4-1k_toy-8x8.seed0.json").unlink()
    (layout.results("toy") / "net_b_1xb4-1k_toy-8x8.seed1.json").unlink()
    return build_table(load_suite(layout, "toy"), read_records(layout.results("toy")))


def test_markdown_has_every_figure_and_links_from_its_folder(table):
    head, _, first, second, _, words = render_markdown(table).splitlines()
    assert head == (
        "| model | parameters, M | GFLOPs | images/s | memory, GiB | minutes | mIoU | seeds | published "
        "| difference |"
    )
    assert first == (
        "| [Net_A](configs/net/net_a_1xb4-1k_toy-8x8.py) | 2.00 | 3.00 | 12.5 | 0.50 | 2.0 | 61.0 ± 1.4 "
        "| 2 of 2 | 70 mIoU, [test, ms](https://example.org/p) | -9.0 |"
    )
    assert second.endswith("| - | - | - | - | - | - | not run | - | - |")
    assert words == caption(table)
    assert "(net_a_1xb4-1k_toy-8x8.py)" in render_markdown(table, folder=Path("configs/net"))


def test_a_suite_over_several_data_sets_shows_the_data_of_each_row(layout):
    (layout.configs / "_base_/datasets/sea.py").write_text("num_classes = 2\n")
    add_config(layout.root, "net/net_a_1xb4-1k_sea-8x8.py")
    write_suite(layout.root, "toy", {"models": ["net/net_a_*.py"], "data": ["toy", "sea"]})
    table = build_table(load_suite(layout, "toy"), {})
    head, line, *rows = render_markdown(table).splitlines()
    assert head.startswith("| model | data | parameters, M |") and line.startswith("| --- | --- | ---: |")
    assert [row.split(" | ")[1] for row in rows[:2]] == ["sea", "toy"]
    assert render_latex(table).startswith("\\begin{tabular}{llr")


def test_caption_says_machine_precision_commit_and_what_is_outside(table):
    words = caption(table)
    for part in ("2 of 4 runs", "Test CPU", "float32", "0123456789", "expected band: Net_A", "A note."):
        assert part in words


def test_csv_is_one_line_per_run_unrounded(table):
    rows = list(csv.DictReader(io.StringIO(render_csv(table))))
    assert [(row["seed"], row["mIoU"], row["flops"]) for row in rows] == [
        ("0", "60.0", "3000000000"),
        ("1", "62.0", "3000000000"),
    ]


def test_latex_escapes_and_aligns(table):
    text = render_latex(table)
    assert "Net\\_A" in text and "61.0 $\\pm$ 1.4" in text and text.count("\\\\") == 3
    assert text.splitlines()[0].count("r") - text.splitlines()[0].count("tabular") == 9
