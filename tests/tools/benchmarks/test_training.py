import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_a_small_case_writes_every_figure(tmp_path):
    command = [
        *(sys.executable, "tools/benchmarks/training.py", "--device", "cpu", "--models", "unet-tiny"),
        *("--batch", "2", "--size", "32", "64", "--steps", "2", "--rounds", "1", "--runs", "3"),
        *("--out", str(tmp_path / "out.json")),
    ]
    subprocess.run(command, cwd=ROOT, check=True, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})
    (result,) = json.loads((tmp_path / "out.json").read_text())["results"]
    assert result["speed_up"] > 0 and result["run"]["speed_up"] > 0 and result["run"]["memory_ratio"] > 0
    assert set(result["seconds"]) == {"stock", "fast", "runner", "bare"}
