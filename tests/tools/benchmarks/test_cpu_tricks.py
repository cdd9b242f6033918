import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_a_small_case_has_a_line_for_each_side_beside_a_busy_process():
    command = [
        *(sys.executable, "tools/benchmarks/cpu_tricks.py", "--busy", "1", "--threads", "1"),
        *("--size", "32", "32", "--batch", "2", "--steps", "2"),
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    sides = ["stock", "preset", "autocast", "channels_last", "fused", "chunked_loss"]
    sides += ["channels_last, plain batch norm", "freed memory kept", "preset, freed memory kept"]
    lines = [line for line in done.stdout.splitlines() if " x" in line]
    assert [line[:35].strip() for line in lines] == [*sides, "collector paused"]
