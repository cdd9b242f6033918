import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.mark.parametrize("words", [["train.py", "any.py"], ["test.py", "any.py", "any.pth"]])
def test_missing_libgl_names_the_package(tmp_path, words):
    """Arguments come before OpenCV, so that the files have to exist."""
    for name in words[1:]:
        (tmp_path / name).touch()
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')\n"
    )
    done = subprocess.run(
        [sys.executable, TOOLS / words[0], *words[1:]],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{TOOLS.parent}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr
    for word in ("libGL.so.1", "libgl1", "opencv-python-headless"):
        assert word in done.stderr
