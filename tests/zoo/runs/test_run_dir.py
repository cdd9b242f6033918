import json
import os

import pytest

from seg_plugins.zoo.runs.provenance import sha256
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.suites.config_hash import config_hash, resolved_config, section_hashes
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import add_config, write_suite


@pytest.fixture
def begun(layout):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    run = RunDir.of(layout, suite, row)
    run.begin(layout, suite, row, threads=2)
    return layout, suite, row, run


def test_begin_writes_what_identifies_the_run_once(begun):
    layout, suite, row, run = begun
    before = run.read("run")
    assert before["seed"] == 0 and before["hardware"]["threads"] == 2 and len(before["config_hash"]) == 16
    run.begin(layout, suite, row, threads=1)
    assert run.read("run") == before


def test_another_version_of_the_config_is_refused_by_section(begun):
    layout, suite, row, run = begun
    add_config(layout.root, row.model.config, iterations=90)
    with pytest.raises(
        ValueError, match=r"another version of its config \(max_iters, param_scheduler, train_cfg\)"
    ):
        run.begin(layout, suite, row, threads=2)


def test_a_run_that_an_earlier_hash_rule_began_goes_on(begun):
    layout, suite, row, run = begun
    config = resolved_config(layout.configs / row.model.config, row.options, row.seed)
    old = {"config_hash": config_hash(config, rule=1), "sections": section_hashes(config, rule=1)}
    written = {k: v for k, v in run.read("run").items() if k not in ("hash_rule", "starts_from")} | old
    (run.path / "run.json").write_text(json.dumps(written))
    run.begin(layout, suite, row, threads=2)
    add_config(layout.root, row.model.config, iterations=90)
    with pytest.raises(ValueError, match=r"another version of its config \(param_scheduler, train_cfg\)"):
        run.begin(layout, suite, row, threads=2)


def test_weights_to_start_from_are_known_by_their_content(layout):
    """The same path may hold another file by now."""
    weights = layout.root / "best.pth"
    weights.write_bytes(b"one")
    write_suite(
        layout.root, "toy", {"options": {"model.init_cfg": {"checkpoint": "best.pth"}, "load_from": "a.pth"}}
    )
    suite = load_suite(layout, "toy")
    run = RunDir.of(layout, suite, suite.rows[0])
    run.begin(layout, suite, suite.rows[0], threads=2)
    assert run.read("run")["starts_from"] == {"best.pth": sha256(weights)}
    run.begin(layout, suite, suite.rows[0], threads=2)
    weights.write_bytes(b"two")
    with pytest.raises(ValueError, match=r"was begun with other weights in best\.pth.*--restart"):
        run.begin(layout, suite, suite.rows[0], threads=2)


def test_a_run_begun_by_other_code_is_refused_with_both_commits(begun):
    layout, suite, row, run = begun
    written = {**run.read("run"), "code": "other", "commit": "feedfacecafe0000"}
    (run.path / "run.json").write_text(json.dumps(written))
    with pytest.raises(ValueError, match=r"begun at commit feedfacecafe.*--restart"):
        run.begin(layout, suite, row, threads=2)
    kept = run.set_aside()
    assert kept.name.endswith(".old1") and (kept / "run.json").exists() and not run.path.exists()
    run.begin(layout, suite, row, threads=2)


def claimed_by_a_child(run):
    """What a child process is told when it wants the run; empty if it gets it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            run.claim()
        except ValueError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with open(reader) as pipe:
        return pipe.read()


def test_two_launchers_cannot_have_one_run(begun):
    run = begun[-1]
    claim = run.claim()
    assert f"is being run by process {os.getpid()} on" in claimed_by_a_child(run)
    claim.close()
    assert claimed_by_a_child(run) == ""


def test_checkpoint_is_found_after_the_folder_moved(begun):
    run = begun[-1]
    assert run.checkpoint() is None
    (run.path / "iter_5.pth").write_bytes(b"x")
    (run.path / "last_checkpoint").write_text("/gone/iter_5.pth")
    assert run.checkpoint() == run.path / "iter_5.pth"


def test_last_lines_and_a_state_cut_short(begun):
    run = begun[-1]
    run.log.write_text("".join(f"line {i}\n\n" for i in range(5000)))
    assert run.last_lines(2) == ["line 4998", "line 4999"]
    run.update(phase="train")
    (run.path / "state.json").write_text('{"pha')
    assert run.read("state") == {}
