import subprocess
import sys

import pytest

from seg_plugins.commands import benchmark


def test_a_suite_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("sys.argv", ["benchmark", "status", "synth-cpuu"])
    with pytest.raises((ValueError, FileNotFoundError), match="synth-cpuu"):
        benchmark.main()


def test_every_command_of_the_help_is_one(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmark", "--help"])
    with pytest.raises(SystemExit):
        benchmark.main()
    for name in ("run", "status", "collect", "table", "verify", "costs"):
        assert f"benchmark.py {name}" in capsys.readouterr().out or name in benchmark.__doc__


def test_verify_loads_no_torch():
    """That alone took half of its time."""
    code = """
import sys
from seg_plugins.commands import benchmark
code = benchmark.main(["verify"])
print(code, sorted({"torch", "mmseg", "mmcv", "cv2", "matplotlib"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout
