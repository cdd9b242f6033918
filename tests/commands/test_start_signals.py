import os
import subprocess
import sys
from pathlib import Path

import pytest

from seg_plugins.runners.stop_signals import EXIT_RESUMABLE, SIGNALS

TOOL = Path(__file__).parents[2] / "tools" / "train.py"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_modules_are_imported_ends_as_one_in_training(tmp_path, number):
    """An OpenCV that takes forever to import stands in for a slow file system."""
    (tmp_path / "cv2.py").write_text("import signal\nprint('importing', flush=True)\nsignal.pause()\n")
    (tmp_path / "config.py").touch()
    started = subprocess.Popen(
        [sys.executable, TOOL, tmp_path / "config.py"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{TOOL.parents[1]}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdout.readline() == "importing\n"
        started.send_signal(number)
        said = started.communicate(timeout=300)[1]
    finally:
        started.kill()
    assert started.returncode == EXIT_RESUMABLE
    assert said == f"{number.name}: stopped outside of the steps; the same command continues (exit 85)\n"
