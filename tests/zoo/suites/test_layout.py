import subprocess
import sys
from pathlib import Path

import pytest

from seg_plugins.files.package import PACKAGE
from seg_plugins.zoo.suites.layout import Layout


def test_places(tmp_path):
    layout = Layout(tmp_path)
    assert layout.results("a") == tmp_path / "configs/suites/results/a"


def test_a_suite_of_ones_own_keeps_its_records_beside_itself(tmp_path):
    layout, name = Layout.of_suite(tmp_path / "code", str(tmp_path / "mine/mine-5fold.yaml"))
    assert name == "mine-5fold" and layout.work == Path.cwd() / "work_dirs"
    assert layout.results(name) == tmp_path / "mine/results/mine-5fold"
    assert layout.spoken(name) == str(tmp_path / "mine/mine-5fold.yaml")


def test_a_shipped_suite_may_be_named_by_its_path(tmp_path):
    path = tmp_path / "configs/suites/synth-cpu.yaml"
    assert Layout.of_suite(tmp_path, str(path)) == Layout.of_suite(tmp_path, "synth-cpu")
    assert Layout(tmp_path).spoken("synth-cpu") == "synth-cpu"


def test_a_run_imports_this_package_and_keeps_its_threads(tmp_path):
    environment = Layout(tmp_path).environment(3)
    code = (
        "import importlib.util as u, os;"
        "print(bool(u.find_spec('seg_plugins')), os.environ['OMP_NUM_THREADS'])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "3"]


def test_git_outside_a_repository(tmp_path):
    assert Layout(tmp_path).git("rev-parse", "HEAD") is None


def test_a_suite_outside_the_checkout_runs_in_the_folder_of_its_user(tmp_path, monkeypatch):
    code, mine = tmp_path / "code", tmp_path / "mine"
    (code / "data" / "inside").mkdir(parents=True)
    mine.mkdir()
    monkeypatch.chdir(mine)
    layout, _ = Layout.of_suite(code, "own.yaml")
    assert (layout.base, layout.work) == (mine, mine / "work_dirs")
    assert layout.tool("train") == str(code / "tools" / "train.py")
    inside, _ = Layout.of_suite(code, str(code / "data" / "inside" / "own.yaml"))
    assert (inside.base, inside.tool("train")) == (code, "tools/train.py")
    assert Layout.of_suite(code, "synth-cpu")[0].base == code


def test_an_installed_package_writes_nothing_into_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layout, _ = Layout.of_suite(PACKAGE / ".mim", "synth-cpu")
    assert layout.work == tmp_path / "work_dirs"
    assert Layout.of_suite(PACKAGE / ".mim", "synth-cpu", tmp_path / "x")[0].base == tmp_path / "x"


def test_configs_of_an_own_suite_lie_beside_it_or_in_the_zoo(tmp_path):
    layout = Layout(tmp_path, tmp_path / "mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "own.py").touch()
    assert layout.config("own.py") == tmp_path / "mine" / "own.py"
    assert layout.config("net/a.py") == tmp_path / "configs" / "net" / "a.py"
    assert layout.is_own("own.py") and not layout.is_own("net/a.py")


def test_no_records_are_written_into_an_installed_package(tmp_path):
    installed, name = Layout.of_suite(PACKAGE / ".mim", "synth-cpu", tmp_path)
    with pytest.raises(
        ValueError, match=r"synth-cpu belongs to the installed package .*: copy it with `cp .*`"
    ):
        installed.require_own(name)
    Layout.of_suite(PACKAGE / ".mim", str(tmp_path / "synth-cpu.yaml"))[0].require_own(name)
    Layout.of_suite(tmp_path, "synth-cpu")[0].require_own(name)
