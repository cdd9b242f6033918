"""All figures beside upstream that need no data, in one command: a line each, a ratio, with the machine.

`python tools/benchmarks/bench.py [--only NAME ...] [--json FILE]`, or `make bench`

Every ratio is upstream's time (or memory) over ours in one run, above 1 where ours needs less. The scripts
beside this one print more, and take other options.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from seg_plugins.files.atomic import write_json
from seg_plugins.zoo.runs.provenance import cpu_model, gpu_names

__all__ = ["BENCHMARKS", "lines_of", "main"]

HERE = Path(__file__).parent


def _loading(found: dict[str, Any]) -> Iterator[tuple[str, float]]:
    times = found["samples_ms"]
    for name in ("fused", "packed"):
        yield f"loading of a training sample, {name}", times["upstream"] / times[name]


def _evaluation(found: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for row in found["rows"]:
        yield row["name"], row["ratio"]


def _inference(found: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for model, rows in found.items():
        for label, value in rows.items():
            if label.endswith(": wall ratio"):
                yield f"windows of {model}, {label.removesuffix(': wall ratio')}", value
            if label == "memory ratio":
                yield f"windows of {model}, memory", 1 / value


def _training(found: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for result in found["results"]:
        yield f"training step of {result['model']}, fast preset", result["speed_up"]


# options, option of the JSON file, and what reads its ratios
Benchmark = tuple[tuple[str, ...], str, Callable[[dict[str, Any]], Iterator[tuple[str, float]]]]
BENCHMARKS: dict[str, Benchmark] = {
    "evaluation": (("--images", "500"), "--json", _evaluation),
    "data": ((), "--json", _loading),
    "inference": (("--models", "unet-tiny"), "--json", _inference),
    "training": (("--models", "unet-tiny"), "--out", _training),
}


def lines_of(name: str) -> Iterator[tuple[str, float]]:
    """Run a benchmark; yield what was compared, and the ratio.

    Raises:
        RuntimeError: It ended without its figures.
    """
    options, flag, read = BENCHMARKS[name]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        command = [sys.executable, str(HERE / f"{name}.py"), *options, flag, str(out)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if not out.exists():  # a missed target is an exit code of 1, with figures
            reason = (ran.stderr.strip().splitlines() or ["no message"])[-1]
            raise RuntimeError(f"{name}.py ended without figures: {reason}")
        yield from read(json.loads(out.read_text()))


def main(argv: list[str] | None = None) -> int:
    """Measure and print; returns 1 if a benchmark did not end well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args(argv)
    machine = f"{', '.join(gpu_names()) or cpu_model()}, {torch.get_num_threads()} threads"
    figures, failed = {}, 0
    for name in args.only:
        try:
            for what, ratio in lines_of(name):
                figures[what] = ratio
                print(f"{ratio:8.2f}x  {what:48} {machine}", flush=True)
        except RuntimeError as error:
            failed = 1
            print(error, file=sys.stderr)
    if args.json:
        write_json(args.json, dict(machine=machine, ratios=figures), indent=2)
    return failed


if __name__ == "__main__":
    sys.exit(main())
