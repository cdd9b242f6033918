import subprocess
import sys

from seg_plugins.zoo.layout import Layout


def test_places(tmp_path):
    layout = Layout(tmp_path)
    assert layout.results("a") == tmp_path / "configs/suites/results/a"


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
