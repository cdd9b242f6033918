import statistics

import pytest

from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.table import Spread, build_table
from tests.zoo.base import write_records, write_suite

A = "net/net_a_1xb4-1k_toy-8x8.py"


def entry(**changes):
    return {"config": A, **changes}


def table_of(layout, *entries, **more):
    write_suite(layout.root, "toy", {"models": list(entries), **more})
    suite = load_suite(layout, "toy")
    return build_table(suite, read_records(layout.results("toy")))


def test_mean_and_sample_deviation_over_seeds(layout):
    write_records(layout)
    (line,) = table_of(layout, entry(), metrics=["mIoU", "aAcc"]).lines
    assert line.metrics["mIoU"] == Spread(61.0, statistics.stdev([60.0, 62.0]), 2)
    assert line.state == "2 of 2" and line.parameters == 2_000_000 and line.measures["memory_mib"].mean == 512
    assert line.metrics["mIoU"].text(2) == "61.00 ± 1.41"


@pytest.mark.parametrize("band, inside", [([60, 62], True), ([61.5, 70], False), (None, None)])
def test_bands_apply_to_the_mean(layout, band, inside):
    write_records(layout)
    assert table_of(layout, entry(**({"band": band} if band else {}))).lines[0].in_band is inside


def test_a_difference_needs_the_same_data(layout):
    write_records(layout)
    figure = {"value": 70.0, "protocol": "p", "source": "s", "data": "toy"}
    assert table_of(layout, entry(published=figure)).lines[0].difference == pytest.approx(-9.0)
    assert table_of(layout, entry(published={**figure, "data": "sea"})).lines[0].difference is None
    assert table_of(layout, entry(published={**figure, "metric": "mDice"})).lines[0].difference is None


def test_what_did_not_run_has_costs_only(layout):
    table = build_table(load_suite(layout, "toy"), {}, {A: {"parameters": 5, "flops": 7}})
    assert table.lines[0].state == "not run" and table.lines[0].flops == 7 and not table.machines


def test_machines_precisions_and_commits_are_named_once(layout):
    write_records(layout)
    table = table_of(layout, entry())
    assert table.machines == ["Test CPU, 2 threads per run"]
    assert table.precisions == ["float32"] and table.commits == ["0123456789"]


def test_an_unknown_folder_is_refused(layout):
    with pytest.raises(ValueError, match="no model in configs/neat/"):
        build_table(load_suite(layout, "toy"), {}, algo="neat")
