import json
import math

import pytest

from seg_plugins.zoo.runs.collect import collect_row, split_metrics
from seg_plugins.zoo.runs.local_launcher import LocalLauncher
from seg_plugins.zoo.runs.provenance import sha256
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.suites.record import read_record
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.suites.weights import changed_weights


@pytest.fixture
def finished(layout):
    suite = load_suite(layout, "toy")
    row = suite.row("net_a_1xb4-1k_toy-8x8.seed1")
    LocalLauncher(suite, layout, 1, 1, on_done=lambda row: None).run([row])
    return layout, suite, row, RunDir.of(layout, suite, row)


def test_a_record_holds_what_the_table_needs(finished):
    layout, suite, row, run = finished
    assert collect_row(layout, suite, row) == "written"
    path = layout.results("toy") / f"{row.slot}.json"
    record = read_record(path)
    assert record["metrics"] == {"mIoU": 52.0, "aAcc": 80.0}
    assert record["classes"] == {"IoU": {"road": 92.0, "car": 12.0}}
    assert record["images_per_second"] == 40.0 and record["parameters"] == 2_000_000
    assert record["curve"]["mIoU"] == [[100, 52.0]] and record["iterations"] == 100
    assert record["checkpoint_sha256"] == sha256(run.path / "iter_100.pth")
    assert record["precision"] == "float32" and record["wall_seconds"] > 0 and record["memory_mib"] > 0
    assert str(layout.root) not in path.read_text()
    assert collect_row(layout, suite, row) == "same"


def test_two_runs_of_one_slot_need_a_word(finished):
    layout, suite, row, run = finished
    collect_row(layout, suite, row)
    path = layout.results("toy") / f"{row.slot}.json"
    before = path.read_text()
    (run.path / "iter_100.pth").write_bytes(b"another run")
    with pytest.raises(ValueError, match="two runs claim"):
        collect_row(layout, suite, row)
    assert path.read_text() == before
    assert collect_row(layout, suite, row, replace=True) == "written"


def test_unfinished_cut_short_and_outdated_runs_are_refused(finished):
    layout, suite, row, run = finished
    text = run.metrics.read_text()
    run.metrics.write_text(text[:20])
    with pytest.raises(ValueError, match="is incomplete"):
        collect_row(layout, suite, row)
    run.metrics.write_text(text)
    begun = run.read("run")
    (run.path / "run.json").write_text(json.dumps({**begun, "config_hash": "0"}))
    with pytest.raises(ValueError, match="another version of"):
        collect_row(layout, suite, row)
    run.metrics.unlink()
    with pytest.raises(ValueError, match="not a finished run"):
        collect_row(layout, suite, row)


def test_split_metrics():
    raw = {"mIoU": 50.12345, "IoU.sky light": 3, "x": math.nan, "ok": True, "words": "w", "val/aAcc": 9.0}
    raw |= {"test/IoU.person/rider": 4, "IoU.e.g. a tree": 5}
    assert split_metrics(raw) == (
        {"mIoU": 50.123, "aAcc": 9.0},
        {"IoU": {"sky light": 3, "person/rider": 4, "e.g. a tree": 5}},
    )


def test_figures_with_tta_are_kept_apart_from_those_without(finished):
    layout, suite, row, run = finished
    collect_row(layout, suite, row)
    record = read_record(layout.results("toy") / f"{row.slot}.json")
    assert record["tta"] is False and changed_weights(layout)(row, record) == ""
    assert changed_weights(layout)(row, {**record, "tta": True}) == "it was tested with TTA"
    run.metrics.write_text(json.dumps({**json.loads(run.metrics.read_text()), "tta": True}))
    with pytest.raises(ValueError, match="was measured with TTA, and the row says tta: false"):
        collect_row(layout, suite, row)
