import json
import subprocess
import sys
import time

import pytest

from seg_plugins.zoo.runs.progress import Progress
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.runs.status import (
    RowStatus,
    count_line,
    eta_seconds,
    next_steps,
    row_status,
    suite_status,
)
from seg_plugins.zoo.suites.config_hash import current_hashes
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import add_config, write_records


def test_done_stale_and_waiting(layout):
    write_records(layout)
    suite = load_suite(layout, "toy")
    records = read_records(layout.results("toy"))
    records.pop(suite.rows[0].slot)
    add_config(layout.root, "net/net_b_1xb4-1k_toy-8x8.py", width=10)
    statuses = suite_status(layout, suite, records)
    assert [status.phase for status in statuses] == ["waiting", "stale", "done", "stale"]
    assert count_line(statuses) == "4 runs: 1 done, 2 stale, 1 waiting"


def test_a_process_that_is_gone_is_an_interrupted_run(layout):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    run = RunDir.of(layout, suite, row)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    run.update(phase="train", pid=child.pid)
    assert row_status(layout, suite, row, None).phase == "train"
    child.communicate(b"\n")
    assert row_status(layout, suite, row, None).phase == "interrupted"


def test_jobs_of_a_cluster_are_looked_up_in_its_queue(layout):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    RunDir.of(layout, suite, row).update(phase="queued", job="7_0")
    assert row_status(layout, suite, row, None, lambda: {"7_0": "PENDING"}).phase == "queued"
    assert row_status(layout, suite, row, None).phase == "queued"
    for queue in (dict, lambda: {"7_0": "CANCELLED"}):
        gone = row_status(layout, suite, row, None, queue)
        assert gone.phase == "cancelled" and "job 7_0 was cancelled" in gone.message
    failed = row_status(layout, suite, row, None, lambda: {"7_0": "NODE_FAIL"})
    assert failed.phase == "failed" and "7_0 is no longer in the queue (NODE_FAIL)" in failed.message
    RunDir.of(layout, suite, row).update(phase="train")
    assert row_status(layout, suite, row, None, dict).phase == "failed"
    assert row_status(layout, suite, row, None, lambda: {"7_0": "CANCELLED"}).phase == "cancelled"


def test_eta_is_what_such_runs_took(layout):
    write_records(layout)
    suite = load_suite(layout, "toy")
    records = read_records(layout.results("toy"))
    rows = suite.rows
    statuses = [RowStatus(rows[0], "done"), RowStatus(rows[1], "waiting"), RowStatus(rows[2], "failed")]
    statuses.append(RowStatus(rows[3], "train", Progress(5, 10, 30.0)))
    assert eta_seconds(statuses, records, jobs=2) == pytest.approx((120 + 30) / 2)
    assert eta_seconds(statuses[1:2], {}, jobs=1) is None


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_status_and_table_of_many_runs(layout, count):
    """The soak, 10,000 runs: status and table each in under three seconds of this process."""
    from seg_plugins.zoo.runs.cost import known_costs
    from seg_plugins.zoo.tables.page import render_table_page
    from seg_plugins.zoo.tables.render import render_csv, render_latex, render_markdown
    from seg_plugins.zoo.tables.table import build_table
    from tests.zoo.base import fake_record, write_suite

    write_suite(layout.root, "toy", {"seeds": list(range(count // 2))})
    suite = load_suite(layout, "toy")
    folder = layout.results("toy")
    folder.mkdir(parents=True)
    patterns = {model.config: json.dumps(fake_record(layout, "toy", suite.rows[0])) for model in suite.models}
    hash_of = current_hashes(layout)
    for row in suite.rows:
        record = json.loads(patterns[row.model.config])
        record.update(config=row.model.config, seed=row.seed, config_hash=hash_of(row))
        record["curve"] = {name: [[i * 25, 1.0 / (i + 1)] for i in range(40)] for name in ("loss", "mIoU")}
        record["classes"] = {kind: {f"class{i}": 50.0 for i in range(11)} for kind in ("IoU", "Acc", "Dice")}
        (folder / f"{row.slot}.json").write_text(json.dumps(record))
    started = time.process_time()
    statuses = suite_status(layout, load_suite(layout, "toy"), read_records(folder))
    middle = time.process_time()
    table = build_table(suite, read_records(folder), known_costs(layout))
    for render in (render_markdown, render_csv, render_latex):
        assert render(table)
    assert render_table_page(table, lambda stem: folder / "none.jpg")
    ended = time.process_time()
    print(f"{count} runs: status {middle - started:.2f} s, table {ended - middle:.2f} s")
    assert {status.phase for status in statuses} == {"done"} and len(statuses) == count
    assert count < 10_000 or (middle - started < 3 and ended - middle < 3)


def test_a_run_that_is_finished_has_made_all_its_steps(layout):
    """Whatever its last log line says."""
    suite = load_suite(layout, "toy")
    run = RunDir.of(layout, suite, suite.rows[0])
    log = run.path / "20260101_000000/vis_data/scalars.json"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"loss": 1.0, "time": 0.1, "step": 50}) + "\n")
    for phase, iteration, seconds in (("interrupted", 50, 5.0), ("done", 100, None)):
        run.update(phase=phase)
        progress = row_status(layout, suite, suite.rows[0], None).progress
        assert (progress.iteration, progress.total) == (iteration, 100)
        assert progress.seconds_left == pytest.approx(seconds)


def test_what_to_type_next(layout):
    row = load_suite(layout, "toy").rows[0]
    assert next_steps([RowStatus(row, "done"), RowStatus(row, "train")], "toy") == []
    (collect,) = next_steps([RowStatus(row, "finished")], "toy")
    assert collect.endswith("collect toy")
    for phase in ("cancelled", "failed", "interrupted", "stale", "waiting"):
        assert [line.endswith("run toy") for line in next_steps([RowStatus(row, phase)], "toy")] == [True]
