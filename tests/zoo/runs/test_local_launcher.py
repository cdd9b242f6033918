import json
import os
import signal
import sys

import pytest

from seg_plugins.zoo.runs import local_launcher
from seg_plugins.zoo.runs.collect import collect_row
from seg_plugins.zoo.runs.devices import Gpu
from seg_plugins.zoo.runs.local_launcher import LocalLauncher
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import add_config, write_suite


def launcher_of(layout, suite, jobs=4, **more):
    return LocalLauncher(suite, layout, jobs, 1, on_done=lambda row: collect_row(layout, suite, row), **more)


def test_a_failing_run_does_not_stop_the_others_and_says_why(layout):
    add_config(layout.root, "net/net_broken_1xb4-1k_toy-8x8.py")
    models = ["net/net_broken_*.py", "net/net_a_*.py"]
    write_suite(layout.root, "toy", {"models": models, "seeds": [0, 1]})
    suite = load_suite(layout, "toy")
    said = []
    launcher = launcher_of(layout, suite, on_change=lambda row, phase, message: said.append((phase, message)))
    ended = launcher.run(suite.rows)
    assert sorted(ended.values()) == ["done", "done", "failed", "failed"]
    assert len(read_records(layout.results("toy"))) == 2
    messages = [message for phase, message in said if phase == "failed"]
    assert all("code 1" in m and "first cause\nloss is not finite" in m for m in messages)
    assert [phase for phase, _ in said].count("test") == 2


def test_training_that_is_done_is_not_repeated(layout):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    (layout.root / "tools/test.py").rename(layout.root / "tools/kept.py")
    (layout.root / "tools/test.py").write_text("import sys; sys.exit('no memory')")
    assert launcher_of(layout, suite).run([row]) == {row.slot: "failed"}
    (layout.root / "tools/kept.py").replace(layout.root / "tools/test.py")
    (layout.root / "tools/train.py").write_text("import sys; sys.exit('trained twice')")
    assert launcher_of(layout, suite).run([row]) == {row.slot: "done"}


def test_a_directory_of_other_code_is_refused_or_put_aside(layout):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    run = RunDir.of(layout, suite, row)
    run.path.mkdir(parents=True)
    (run.path / "run.json").write_text('{"config_hash": "other", "sections": {}}')
    launcher = launcher_of(layout, suite)
    assert launcher.run([row]) == {row.slot: "failed"}
    assert launcher_of(layout, suite, restart=True).run([row]) == {row.slot: "done"}
    assert (run.path.with_name(f"{row.slot}.old1") / "run.json").exists()


def test_terminate_ends_the_runs_and_the_same_command_goes_on(layout):
    add_config(layout.root, "net/net_slow_1xb4-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": ["net/net_slow_*.py"]})
    suite = load_suite(layout, "toy")
    launcher = launcher_of(layout, suite, jobs=2)
    jobs = []

    def terminate():
        """As soon as both runs train."""
        if len(list(layout.root.rglob("vis_data"))) == 2:
            jobs.extend(launcher.running)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        launcher.run(suite.rows, tick=terminate)
    assert [job.process.returncode for job in jobs] == [-signal.SIGTERM] * 2
    assert set(launcher.finished.values()) == {"interrupted"} and len(launcher.finished) == 2
    tools = layout.root / "tools/train.py"
    tools.write_text(tools.read_text().replace("sleep(600)", "sleep(0)"))
    assert set(launcher_of(layout, suite, jobs=2).run(suite.rows).values()) == {"done"}


NOTE = """
import json, os
from pathlib import Path
names = ("RANK", "WORLD_SIZE", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "MASTER_PORT")
folder = Path(__file__).parent.parent / "noted"
folder.mkdir(exist_ok=True)
noted = {name: os.environ.get(name) for name in names} | {"config": sys.argv[1]}
(folder / f"{os.getpid()}.json").write_text(json.dumps(noted))
"""


def noting(layout, before=""):
    """Let the pretended training write down how it was started; gives a function that reads it."""
    tool = layout.root / "tools/train.py"
    tool.write_text("import sys\n" + NOTE + before + tool.read_text())
    return lambda: [json.loads(path.read_text()) for path in sorted((layout.root / "noted").iterdir())]


def test_a_config_of_two_processes_is_started_as_two(layout):
    """Without GPUs they share the CPU, and the record says what ran: 2 x 4 images a step."""
    config = add_config(layout.root, "net/net_a_2xb4-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": [config], "seeds": [0]})
    read = noting(layout, 'if os.environ["RANK"] != "0": sys.exit(0)\n')
    suite = load_suite(layout, "toy")
    launcher = LocalLauncher(
        suite, layout, 1, 4, on_done=lambda row: collect_row(layout, suite, row), gpus=[]
    )
    assert launcher.run(suite.rows) == {suite.rows[0].slot: "done"}, RunDir.of(
        layout, suite, suite.rows[0]
    ).last_lines()
    noted = read()
    assert sorted(n["RANK"] for n in noted) == ["0", "1"] and {n["WORLD_SIZE"] for n in noted} == {"2"}
    assert {n["OMP_NUM_THREADS"] for n in noted} == {"2"} and {n["CUDA_VISIBLE_DEVICES"] for n in noted} == {
        ""
    }
    (record,) = read_records(layout.results("toy")).values()
    assert record["batch"] == 8 and record["processes"] == 2 and record["hardware"]["gpus"] == []


def test_runs_have_gpus_of_their_own_and_wait_for_them(layout, monkeypatch):
    """Three GPUs: the run on two and one other go at a time, never two on one device."""
    monkeypatch.setattr(local_launcher, "command_line", lambda command, processes: [sys.executable, *command])
    two = add_config(layout.root, "net/net_a_2xb4-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": [two, "net/net_b_*.py"], "seeds": [0, 1, 2]})
    suite, read = load_suite(layout, "toy"), noting(layout)
    gpus = [Gpu("0", "A"), Gpu("5", "B"), Gpu("6", "C")]
    launcher = launcher_of(layout, suite, jobs=9, gpus=gpus)
    shared = []

    def look():
        used = [gpu.token for job in launcher.running for gpu in job.gpus]
        shared.append(len(used) != len(set(used)) or len(used) > 3)

    assert set(launcher.run(suite.rows, look).values()) == {"done"} and not any(shared)
    wide = [n["CUDA_VISIBLE_DEVICES"] for n in read() if "2xb4" in n["config"]]
    assert len(wide) == 3 and all(len(set(tokens.split(",")) & {"0", "5", "6"}) == 2 for tokens in wide)
    assert all(n["CUDA_VISIBLE_DEVICES"] in ("0", "5", "6") for n in read() if "1xb4" in n["config"])
    names = {g.token: g.name for g in gpus}
    for record in read_records(layout.results("toy")).values():
        assert len(record["hardware"]["gpus"]) == record["processes"] and set(record["hardware"]["gpus"]) <= {
            *names.values()
        }


def test_too_many_processes_for_the_gpus_fail_and_the_others_run(layout):
    four = add_config(layout.root, "net/net_a_4xb2-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": [four, "net/net_b_*.py"], "seeds": [0]})
    suite, said = load_suite(layout, "toy"), []
    launcher = launcher_of(layout, suite, gpus=[Gpu("0", "A")], on_change=lambda *change: said.append(change))
    assert sorted(launcher.run(suite.rows).values()) == ["done", "failed"]
    assert [
        m
        for _, phase, m in said
        if phase == "failed" and "on 4 GPUs at a time, and this machine offers 1" in m
    ]


def test_the_reason_is_the_runs_and_not_torchruns(layout):
    config = add_config(layout.root, "net/net_broken_2xb4-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": [config], "seeds": [0]})
    suite, said = load_suite(layout, "toy"), []
    launcher = launcher_of(layout, suite, gpus=[], on_change=lambda *change: said.append(change))
    assert launcher.run(suite.rows) == {suite.rows[0].slot: "failed"}
    assert said[-1][2].splitlines()[-1].startswith("loss is not finite")  # two ranks may share a line
