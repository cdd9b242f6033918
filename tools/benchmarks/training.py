"""Compare our training with the fast preset and stock MMSegmentation: same model, data, seed and machine.

`python tools/benchmarks/training.py [--device cpu|cuda] [--models NAME ...] [--runs N] [--out FILE]`

Steps are timed inside real runs that alternate. `--runs` adds complete runs, through `tools/train.py` and
through upstream's Runner with upstream's default runtime. With `--seeds 0 1 2 --config LEAF`, the validation
mIoU of the preset is compared with that of float32 instead.
"""

import argparse
import json
import platform
import tempfile
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from training_runs import compare_seeds, whole_runs
from training_steps import time_steps

SETTINGS = {  # model: batch, (H, W)
    "cpu": {"unet-tiny": (4, (256, 256)), "deeplabv3plus-r18": (4, (256, 256))},
    "cuda": {"unet-c64": (8, (512, 512)), "deeplabv3plus-r50": (8, (512, 1024))},
}
ALL = {name: setting for settings in SETTINGS.values() for name, setting in settings.items()}


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=SETTINGS, default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--models", nargs="+", choices=ALL, help="default: the device's models")
    parser.add_argument("--batch", type=int, help="default: the model's batch size")
    parser.add_argument("--size", type=int, nargs=2, metavar=("H", "W"), help="default: the model's size")
    parser.add_argument("--steps", type=int, default=10, help="timed steps of each run")
    parser.add_argument("--rounds", type=int, default=2, help="alternations of the two sides")
    parser.add_argument("--compile", action="store_true", help="torch.compile on our side")
    parser.add_argument("--runs", type=int, default=0, metavar="ITERS", help="iterations of complete runs")
    parser.add_argument("--seeds", type=int, nargs="+", help="compare validation scores over these seeds")
    parser.add_argument("--config", default="configs/unet/unet_tiny_1xb4-1k_synth-streets-128x256.py")
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    return parser.parse_args()


def machine() -> dict[str, Any]:
    """Describe the machine of the figures."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return dict(
        torch=torch.__version__,
        threads=torch.get_num_threads(),
        gpu=gpu,
        system=platform.platform(),
        load=load(),
    )


def load() -> float:
    """Return the load of the last minute, in processes: above the thread count, figures are noisy."""
    return float(Path("/proc/loadavg").read_text().split()[0]) if Path("/proc/loadavg").exists() else -1.0


def table(results: list[dict[str, Any]]) -> Table:
    """Build a table with one row per model."""
    titles = ("model", "batch", "stock img/s", "fast img/s", "step x", "GPU memory x", "runner overhead")
    out = Table(*titles, "run x", "run memory x")
    for r in results:
        run = r.get("run")
        out.add_row(
            r["model"],
            f"{r['batch']} x {r['size'][0]}x{r['size'][1]}",
            *(f"{r['images_per_second'][side]:.2f}" for side in ("stock", "fast")),
            f"{r['speed_up']:.2f}",
            "-" if r["memory_ratio"] is None else f"{r['memory_ratio']:.2f}",
            f"{100 * r['runner_overhead']:+.1f} %",
            *(("-", "-") if run is None else (f"{run['speed_up']:.2f}", f"{run['memory_ratio']:.2f}")),
        )
    return out


def main() -> None:
    """Measure, print and write."""
    args = parse()
    if args.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("--device cuda: torch sees no GPU")
    console = Console(width=130)
    report: dict[str, Any] = dict(machine=machine(), results=[])
    with tempfile.TemporaryDirectory() as folder:
        if args.seeds:
            report["seeds"] = compare_seeds(args.config, args.seeds, Path(folder))
            console.print_json(data=report["seeds"])
        for name in [] if args.seeds else args.models or SETTINGS[args.device]:
            batch, size = args.batch or ALL[name][0], tuple(args.size or ALL[name][1])
            result = time_steps(name, batch, size, args.steps, args.rounds, args.compile)
            if args.runs:
                result["run"] = whole_runs(name, batch, size, args.runs, args.rounds, Path(folder))
            report["results"].append(result)
            console.print(table([result]))
            if args.out:
                args.out.write_text(json.dumps(report, indent=2))
    if args.out:
        args.out.write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
