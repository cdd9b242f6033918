import subprocess
import sys

from seg_plugins.zoo.suites.layout import Layout


def test_places(tmp_path):
    layout = Layout(tmp_path)
    assert layout.results("a") == tmp_path / "configs/suites/results/a"


def test_a_suite_of_ones_own_keeps_its_records_beside_itself(tmp_path):
    layout, name = Layout.of_suite(tmp_path / "code", str(tmp_path / "mine/mine-5fold.yaml"))
    assert name == "mine-5fold" and layout.work == tmp_path / "code/work_dirs"
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
