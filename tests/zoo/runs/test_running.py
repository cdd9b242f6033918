import pytest

from seg_plugins.zoo.runs.collect import collect_row
from seg_plugins.zoo.runs.local_launcher import LocalLauncher
from seg_plugins.zoo.runs.running import require_data, rerun, run_local, to_do
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import add_config, write_records, write_suite


def run_all(layout, suite, rows, console):
    launcher = LocalLauncher(suite, layout, 2, 1, lambda row: collect_row(layout, suite, row, replace=True))
    return run_local(layout, suite, rows, launcher, console)


def test_what_has_a_record_is_not_run_again(layout):
    write_records(layout)
    suite = load_suite(layout, "toy")
    assert to_do(layout, suite) == []
    (layout.results("toy") / f"{suite.rows[1].slot}.json").unlink()
    assert to_do(layout, suite) == [suite.rows[1]]
    assert to_do(layout, suite, only=[suite.rows[0].slot]) == []


def test_a_suite_runs_to_its_records_and_one_failure_is_the_exit_code(layout, console):
    add_config(layout.root, "net/net_broken_1xb4-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": ["net/*.py"], "seeds": [0]})
    suite = load_suite(layout, "toy")
    assert run_all(layout, suite, suite.rows, console) == 1
    text = console.file.getvalue()
    assert "2 of 3 runs done, 1 failed" in text and "loss is not finite" in text and "ETA" in text
    assert len(read_records(layout.results("toy"))) == 2


def test_a_fresh_pass_goes_on_after_an_interruption(layout, console):
    write_suite(layout.root, "toy", {"seeds": [0]})
    suite = load_suite(layout, "toy")
    run_all(layout, suite, to_do(layout, suite), console)
    assert to_do(layout, suite) == []
    first, second = to_do(layout, suite, fresh=True)
    run_all(layout, suite, [first], console)
    assert to_do(layout, suite, fresh=True) == [second]
    run_all(layout, suite, [second], console)
    assert to_do(layout, suite, fresh=True) == [first, second]  # a new pass
    assert len(list((layout.work / "toy").glob("*.old*"))) == 4


def test_missing_data_stop_the_suite_before_it_starts(layout):
    (layout.root / "data/toy").rmdir()
    with pytest.raises(FileNotFoundError, match=r"data/toy.*prepare_dataset.py toy"):
        require_data(layout, load_suite(layout, "toy"))


def test_rerun_compares_with_the_band_and_leaves_the_record_alone(layout, console):
    write_records(layout)
    suite = load_suite(layout, "toy")
    slot = suite.rows[0].slot
    path = layout.results("toy") / f"{slot}.json"
    before = path.read_text()
    assert rerun(layout, suite, slot, 1, console) == 1
    assert "mIoU 50.00, OUTSIDE 58.00 to 62.00 (record: 60.00)" in console.file.getvalue()
    write_suite(layout.root, "toy", {"models": [{"config": "net/net_a_*.py", "band": [49, 51]}]})
    assert rerun(layout, load_suite(layout, "toy"), slot, 1, console) == 0
    assert path.read_text() == before and len(list(layout.suites.glob("results/*"))) == 1
