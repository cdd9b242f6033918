import json

import pytest

from seg_plugins.zoo.tables.survey import is_survey, render_survey
from tests.zoo.base import add_config, write_records, write_suite


def write_matrix(layout, **changes):
    raw = {"title": "All", "metric": "mIoU", "rows": ["other_*", "net_*"], "suites": ["toy", "sea"]}
    (layout.suites / "_all.yaml").write_text(json.dumps(raw | changes))


@pytest.fixture
def two_suites(layout):
    (layout.configs / "_base_/datasets/sea.py").write_text("num_classes = 2\n")
    for name in ("net/net_a_1xb4-1k_sea-8x8.py", "other/other_c_1xb4-1k_sea-8x8.py"):
        add_config(layout.root, name)
    write_suite(layout.root, "sea", {"data": "sea", "seeds": [0], "models": ["*/*_sea-8x8.py"]})
    write_suite(layout.root, "toy", {"models": ["net/*_toy-8x8.py"]})
    write_records(layout)
    return layout


def test_a_line_per_method_and_a_column_per_data_set(two_suites):
    write_matrix(two_suites, note="A note.")
    assert is_survey(two_suites, "all")
    lines = render_survey(two_suites, "all", two_suites.root).splitlines()
    assert lines[:2] == ["| model | toy | sea |", "| --- | ---: | ---: |"]
    assert lines[2] == "| other_c |  | [not run](configs/other/other_c_1xb4-1k_sea-8x8.py) |"
    net_a, net_b = (f"[61.0 ± 1.4](configs/net/net_{x}_1xb4-1k_toy-8x8.py)" for x in "ab")
    assert lines[3] == f"| net_a | {net_a} | [not run](configs/net/net_a_1xb4-1k_sea-8x8.py) |"
    assert lines[4] == f"| net_b | {net_b} |  |"
    assert lines[6].startswith("All: 4 of 6 runs.") and lines[6].endswith("Commit 0123456789. A note.")
    assert "](../net_a" not in lines[3] and "](net_a" in render_survey(
        two_suites, "all", two_suites.configs / "net"
    )


def test_only_the_rows_named_are_shown_and_counted(two_suites):
    write_matrix(two_suites, rows=["net_b"])
    lines = render_survey(two_suites, "all", two_suites.root).splitlines()
    assert len(lines) == 5 and lines[4].startswith("All: 2 of 2 runs.")


def test_one_name_in_two_suites_and_no_name_at_all_are_refused(two_suites):
    write_suite(two_suites.root, "again", {"models": ["net/*_toy-8x8.py"]})
    write_matrix(two_suites, suites=["toy", "again"])
    with pytest.raises(ValueError, match="suite again: net_a is in another suite too"):
        render_survey(two_suites, "all", two_suites.root)
    write_matrix(two_suites, rows=["nothing"])
    with pytest.raises(ValueError, match="no model of toy, sea is called nothing"):
        render_survey(two_suites, "all", two_suites.root)
