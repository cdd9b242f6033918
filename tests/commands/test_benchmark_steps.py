import argparse
import io
import json

import pytest
from rich.console import Console

from seg_plugins.commands.benchmark_steps import collect, rehash, run, show_status, tables, verify
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import write_records, write_suite


def arguments(**changes):
    defaults = dict(rows=[], launcher="local", jobs=2, threads=1, fresh=False, restart=False, replace=False)
    return argparse.Namespace(
        **{**defaults, "dry_run": False, "price": None, "partition": None, "sbatch_args": "", **changes}
    )


def test_from_suite_to_tables_that_verify(layout, console):
    """The whole way: run, repeat, table in four formats, README, verify."""
    (layout.root / "README.md").write_text("<!-- table:toy --><!-- /table -->\n")
    suite = load_suite(layout, "toy")
    assert run(layout, suite, arguments(), 2, console) == 0
    assert run(layout, suite, arguments(), 2, console) == 0
    assert "every run has its record" in console.file.getvalue()
    tables(layout, [], layout.root / "out", console)
    assert sorted(p.suffix for p in (layout.root / "out").iterdir()) == [".csv", ".html", ".md", ".tex"]
    assert "51.0 ± 1.4" in (layout.root / "README.md").read_text()
    assert verify(layout, console) == 0
    show_status(layout, suite, console)
    text = console.file.getvalue()
    assert "4 runs: 4 done" in text and text.count("100/100") == 4
    assert "all tables match their records" in text


def test_tables_over_suites_are_pages_too(layout, console):
    raw = {"suites": ["toy"], "title": "All", "metric": "mIoU", "rows": ["net_*"]}
    (layout.suites / "_all.yaml").write_text(json.dumps(raw))
    write_records(layout)
    tables(layout, ["all"], layout.root / "out", console)
    assert sorted(p.name for p in (layout.root / "out").iterdir()) == ["all.html", "all.md"]
    assert "61.0 ± 1.4" in (layout.root / "out/all.html").read_text()
    tables(layout, [], layout.root / "every", console)
    assert {p.stem for p in (layout.root / "every").glob("*.html")} == {"all", "toy"}


def test_dry_run_starts_nothing(layout, console):
    suite = load_suite(layout, "toy")
    assert run(layout, suite, arguments(dry_run=True, launcher="slurm"), 2, console) == 0
    text = console.file.getvalue()
    assert (
        "4 runs" in text
        and "sbatch --parsable --job-name=toy --array=0-3" in text
        and not (layout.work / "toy").exists()
    )


def test_a_dry_run_says_what_the_run_would_refuse_after_the_plan(layout, console):
    (layout.root / "data/toy").rmdir()
    for dry_run in (True, False):
        with pytest.raises(FileNotFoundError, match="data/toy, which does not exist"):
            run(layout, load_suite(layout, "toy"), arguments(dry_run=dry_run), 2, console)
    assert console.file.getvalue().count("4 runs") == 1


def test_an_own_suite_runs_in_the_folder_of_its_user(layout, console, tmp_path_factory, monkeypatch):
    """The suite lies in one folder, its user stands in another, configs and tools are the checkout's."""
    mine, here = tmp_path_factory.mktemp("mine"), tmp_path_factory.mktemp("here")
    text = {"title": "Mine", "data": "toy", "models": ["net/net_a_1xb4-1k_toy-8x8.py"], "seeds": [0]}
    (mine / "mine.yaml").write_text(json.dumps(text))
    monkeypatch.chdir(here)
    own, name = Layout.of_suite(layout.root, str(mine / "mine.yaml"))
    with pytest.raises(FileNotFoundError, match=rf"{here}/data/toy, .* toy --out {here}/data/toy"):
        run(own, load_suite(own, name), arguments(), 2, console)
    (here / "data/toy").mkdir(parents=True)
    assert run(own, load_suite(own, name), arguments(), 2, console) == 0
    assert len(list((mine / "results/mine").glob("*.json"))) == 1
    assert len(list((here / "work_dirs/mine").iterdir())) == 1
    assert not (layout.root / "work_dirs").exists()


def test_collect_goes_on_after_a_refusal(layout, console):
    suite = load_suite(layout, "toy")
    run(layout, suite, arguments(), 2, console)
    write_records(layout)
    RunDir.of(layout, suite, suite.rows[0]).update(phase="failed")
    assert collect(layout, suite, console, overwrite=False) == 1
    assert console.file.getvalue().count("refused: two runs claim") == 3
    assert collect(layout, suite, console, overwrite=True) == 0


def test_a_finished_run_is_collected_and_not_submitted_again(layout, console):
    """Without Slurm: nothing is left to submit."""
    suite = load_suite(layout, "toy")
    run(layout, suite, arguments(), 2, console)
    for path in layout.results("toy").glob("*.json"):
        path.unlink()
    assert run(layout, suite, arguments(launcher="slurm"), 2, console) == 0
    assert "4 runs were finished already; their records are written" in console.file.getvalue()
    assert len(list(layout.results("toy").glob("*.json"))) == 4


def test_records_that_have_the_hash_of_now_stay(layout, console):
    write_records(layout)
    rehash(layout, [], console, dry_run=False)
    assert "0 records got the present hash, 4 had it, 0 are unchanged" in console.file.getvalue()
    for path in layout.results("toy").glob("*.json"):
        path.write_text(path.read_text().replace('"config_hash": "', '"config_hash": "0'))
    rehash(layout, ["toy"], console, dry_run=True)
    said = console.file.getvalue()
    assert "0 records would get the present hash, 0 had it, 4 are unchanged" in said
    assert "net_b_1xb4-1k_toy-8x8.seed1.json: unchanged: '0123456789abcdef' is not" in said


def test_a_broken_record_stops_the_table_and_nothing_is_written(layout, console):
    write_records(layout)
    (layout.root / "README.md").write_text("<!-- table:toy --><!-- /table -->\n")
    path = layout.results("toy") / f"{load_suite(layout, 'toy').rows[0].slot}.json"
    path.write_text(path.read_text()[:50])
    with pytest.raises(ValueError, match="is incomplete"):
        tables(layout, [], layout.root / "out", console)
    assert (layout.root / "README.md").read_text() == "<!-- table:toy --><!-- /table -->\n"


def test_options_that_do_not_fit_are_refused(layout, console):
    with pytest.raises(ValueError, match="at least 1; got 0"):
        run(layout, load_suite(layout, "toy"), arguments(jobs=0), 2, console)


def test_status_without_a_terminal_cuts_nothing_and_speaks_json(layout):
    write_suite(layout.root, "toy", {"seeds": list(range(30))})
    suite = load_suite(layout, "toy")
    plain, programs = (Console(file=io.StringIO(), width=40) for _ in range(2))
    show_status(layout, suite, plain)
    lines = plain.file.getvalue().splitlines()
    assert len(lines) == 63 and all(any(row.slot in line for line in lines) for row in suite.rows)
    show_status(layout, suite, programs, as_json=True)
    entries = json.loads(programs.file.getvalue())
    assert [entry["run"] for entry in entries] == [row.slot for row in suite.rows]
