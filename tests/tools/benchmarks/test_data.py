import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_a_small_case_writes_every_figure(tmp_path):
    command = [sys.executable, "tools/benchmarks/data.py", "--repeats", "3", "--images", "2"]
    subprocess.run([*command, "--json", str(tmp_path / "out.json")], cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
    figures = json.loads((tmp_path / "out.json").read_text())
    assert set(figures["samples_ms"]) == {"upstream", "fused", "fused, tables", "packed"}
    assert figures["resize_crop_ms"]["fused"] > 0
