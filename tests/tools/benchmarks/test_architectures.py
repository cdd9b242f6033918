import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def run(*arguments):
    command = [sys.executable, "tools/benchmarks/architectures.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_numbers_of_one_architecture():
    options = ("unet_tiny", "--json", "--repeats", "1", "--threads", "1", "--size", "64", "64")
    row = json.loads(run(*options).splitlines()[-1])
    assert row["parameters"] == 1_942_883
    assert row["gflops"] > 0 and row["ms"] > 0 and row["ratio"] is None
