import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.mark.parametrize("tool", ["train.py", "test.py"])
def test_missing_libgl_names_the_package(tmp_path, tool):
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')\n"
    )
    done = subprocess.run(
        [sys.executable, TOOLS / tool, "any.py"],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{TOOLS.parent}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr
    for word in ("libGL.so.1", "libgl1", "opencv-python-headless"):
        assert word in done.stderr
