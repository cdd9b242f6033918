import json
import subprocess

import pytest

from seg_plugins.commands.benchmark_steps import tables
from seg_plugins.zoo.suites.config_hash import config_hash, resolved_config, section_hashes
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.verify import band_of, table_advice, verify_all
from tests.zoo.base import add_config, write_records, write_suite


@pytest.fixture
def written(layout, console):
    write_records(layout)
    (layout.root / "README.md").write_text("<!-- table:toy -->\n<!-- /table -->\n")
    (layout.configs / "net/README.md").write_text("<!-- table:toy algo=net -->\n<!-- /table -->\n")
    tables(layout, [], layout.root / "out", console)
    return layout


def test_tables_as_written_are_true(written):
    said = []
    assert verify_all(written, said.append) == [] and len(said) == 2


def test_a_figure_changed_by_hand_is_found(written):
    path = written.root / "README.md"
    path.write_text(path.read_text().replace("61.0", "66.0", 1))
    (problem,) = verify_all(written)
    assert problem.startswith("README.md: table toy does not match its records")


def git(layout, *words):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", layout.root, *identity, *words], check=True, capture_output=True)


def test_a_record_changed_by_hand_contradicts_itself_and_the_table_is_not_the_advice(written):
    for words in (["init"], ["add", "."], ["commit", "-m", "records"]):
        git(written, *words)
    row = load_suite(written, "toy").rows[0]
    path = written.results("toy") / f"{row.slot}.json"
    record = json.loads(path.read_text())
    record["metrics"]["mIoU"] = 64.0
    path.write_text(json.dumps(record))
    (contradiction, *others) = verify_all(written)
    assert f"{path}: mIoU is 64.0, and the mean over its classes is 60.000" in contradiction
    assert len(others) == 2
    for other in others:
        assert f"differ from the commit: configs/suites/results/toy/{path.name}: restore them" in other


def test_a_table_over_suites_does_not_advise_to_be_written_from_a_changed_record(written):
    (written.suites / "_all.yaml").write_text("")
    for words in (["init"], ["add", "."], ["commit", "-m", "records"]):
        git(written, *words)
    assert table_advice(written, "all").endswith("benchmark.py table")
    path = written.results("toy") / f"{load_suite(written, 'toy').rows[0].slot}.json"
    path.write_text(path.read_text() + " ")
    assert f"differ from the commit: configs/suites/results/toy/{path.name}: restore" in table_advice(
        written, "all"
    )


def test_a_record_that_agrees_with_itself_and_not_with_its_commit_is_noted(written):
    for words in (["init"], ["add", "."], ["commit", "-m", "records"]):
        git(written, *words)
    row = load_suite(written, "toy").rows[0]
    path = written.results("toy") / f"{row.slot}.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"started": "another day"}))
    said = []
    assert verify_all(written, said.append) == []
    assert "differ from the commit" in said[-1] and said[-1].endswith(
        f"configs/suites/results/toy/{path.name}"
    )


def test_a_changed_config_is_named_with_the_section(written):
    add_config(written.root, "net/net_a_1xb4-1k_toy-8x8.py", width=99)
    problems = verify_all(written)
    assert len(problems) == 2 and all("net_a" in p and "has changed since (model)" in p for p in problems)


def test_records_of_an_earlier_hash_rule_are_verified_by_it_and_marked(written):
    for row in load_suite(written, "toy").rows[:3]:
        path = written.results("toy") / f"{row.slot}.json"
        config = resolved_config(written.configs / row.model.config, row.options, row.seed)
        old = {"config_hash": config_hash(config, rule=1), "sections": section_hashes(config, rule=1)}
        record = {k: v for k, v in json.loads(path.read_text()).items() if k != "hash_rule"}
        path.write_text(json.dumps(record | old))
    said = []
    assert verify_all(written, said.append) == []
    assert [line for line in said if "ok (3 records of hash rule 1; new runs have rule 2)" in line] == said
    add_config(written.root, "net/net_a_1xb4-1k_toy-8x8.py", width=99)
    problems = verify_all(written)
    assert len(problems) == 2 and all("has changed since (model)" in p for p in problems)


def test_a_record_of_no_run_a_broken_one_and_a_missing_suite(written):
    write_suite(written.root, "toy", {"seeds": [0]})
    assert any("no longer has such a run" in p for p in verify_all(written))
    path = written.results("toy") / "net_a_1xb4-1k_toy-8x8.seed0.json"
    path.write_text("{")
    (problem,) = verify_all(written)
    assert "is incomplete" in problem and str(path) in problem and "and 1 more: " in problem
    (written.suites / "toy.yaml").unlink()
    assert any("no suite" in p for p in verify_all(written))


def test_a_mean_outside_its_band_is_found(written, console):
    write_suite(written.root, "toy", {"models": [{"config": "net/*.py", "band": [10, 20]}]})
    tables(written, [], written.root / "out", console)
    problems = verify_all(written)
    assert len(problems) == 2 and all("61.00 ± 1.41, outside its band [10.0, 20.0]" in p for p in problems)


def test_band_of_a_rerun(layout):
    write_records(layout)
    suite, records = load_suite(layout, "toy"), read_records(layout.results("toy"))
    row = suite.rows[0]
    assert band_of(suite, row, records) == (58.0, 62.0)
    with pytest.raises(ValueError, match="neither a band nor a record"):
        band_of(suite, row, {})
    write_suite(layout.root, "toy", {"models": [{"config": "net/*.py", "band": [10, 20]}]})
    assert band_of(load_suite(layout, "toy"), load_suite(layout, "toy").rows[0], records) == (10.0, 20.0)
