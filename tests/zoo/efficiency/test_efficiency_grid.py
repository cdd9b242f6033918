import json

import pytest

from seg_plugins.zoo.efficiency.efficiency_grid import best_figures, efficiency_grid, efficiency_picture
from seg_plugins.zoo.efficiency.latency import latencies_file
from seg_plugins.zoo.suites.record import write_record
from tests.zoo.base import write_records

A, B = (f"net/net_{x}_1xb4-1k_toy-8x8.py" for x in "ab")
RAW = {"title": "Toys", "data": "toy", "size": "8x8", "suites": ["toy"], "note": "A note."}


def figures(ms):
    return {"8x8": {"ms": ms, "p95": ms, "memory_mib": 3.2, "threads": 2, "cpu": "A CPU"}}


@pytest.fixture
def measured(layout):
    write_records(layout)
    for path in layout.results("toy").glob("*.json"):
        write_record(path, json.loads(path.read_text()) | {"iterations": 1000})
    write_record(latencies_file(layout), {A: figures(4.0), B: figures(2.0)})
    return layout


def test_the_mean_over_seeds_counts_and_tests_of_other_data_do_not(measured):
    assert best_figures(measured, ["toy"])[A] == (pytest.approx(61.0), 1000)
    for path in measured.results("toy").glob("net_a*.json"):
        record = json.loads(path.read_text())
        del record["iterations"]
        write_record(path, record)
    assert A not in best_figures(measured, ["toy"])


def test_the_fastest_comes_first_and_the_front_is_marked(measured):
    lines = efficiency_grid(measured, RAW).markdown(measured.root).splitlines()
    assert lines[2].startswith("| [net_b]") and lines[2].endswith("| 2.0 | 2.0 | 3 | 61.0 | 1,000 | yes |")
    assert lines[3].endswith("| 4.0 | 4.0 | 3 | 61.0 | 1,000 |  |")
    assert "A CPU, 2 threads" in lines[-1] and lines[-1].endswith("A note.")


def test_the_picture_has_the_networks_with_figures(measured):
    path, chart = efficiency_picture(measured, RAW)
    assert path == measured.configs / "efficiency-toy.svg" and "net_a" in chart and "net_b" in chart
    assert efficiency_picture(measured, RAW | {"size": "9x9"}) is None


def test_nothing_measured_is_said(measured):
    with pytest.raises(ValueError, match="no latency of toy at 9x9"):
        efficiency_grid(measured, RAW | {"size": "9x9"})
