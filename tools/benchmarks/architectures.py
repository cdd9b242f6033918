"""Compare every architecture with upstream's own config: parameters, FLOPs, CPU time, peak memory.

Usage: python tools/benchmarks/architectures.py [NAME ...] [--size 256 256] [--threads 2] [--repeats 5]

NAME is a file of `configs/_base_/models` without `.py`; default: all models. Both networks get the same
weights and image, and their runs alternate. Times and ratio (upstream's time divided by ours, pair by pair)
are medians. Every network runs in a separate process, so that its peak memory is its own.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from mmseg.utils import register_all_modules
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import seg_plugins.register  # noqa: F401 (registers)

SHARED = "resnet50_d8"  # a base of other bases, without a decode head
BASES = Path(__file__).parents[2] / "configs" / "_base_" / "models"
UPSTREAM = {
    "fcn_r50-d8": "fcn_r50-d8",
    "unet_s5-d16": "fcn_unet_s5-d16",
    "deeplabv3_r50-d8": "deeplabv3_r50-d8",
    "deeplabv3plus_r50-d8": "deeplabv3plus_r50-d8",
    "pspnet_r50-d8": "pspnet_r50-d8",
    "hrnet_w18": "fcn_hr18",
}
CLASSES = 19


def build(path: Path) -> nn.Module:
    """Build the network of a model base, in evaluation mode, without weight files."""
    model = Config.fromfile(path).model
    model.pretrained = None
    model.backbone.pop("init_cfg", None)
    if model.type in ("EncoderDecoder", "MultiScaleEncoderDecoder"):
        model.pop("pretrained")
    for head in ("decode_head", "auxiliary_head"):
        if head in model:
            model[head].num_classes = CLASSES
    return MODELS.build(model).eval()


def peak_mib() -> float:
    """Return the peak resident memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def milliseconds(networks: list[nn.Module], image: torch.Tensor, repeats: int) -> list[list[float]]:
    """Measure forward times of each network in milliseconds; runs alternate after one warm-up each."""
    times: list[list[float]] = [[] for _ in networks]
    for repeat in range(repeats + 1):
        for network, own in zip(networks, times, strict=True):
            start = time.perf_counter()
            network(image)
            if repeat:
                own.append(1000 * (time.perf_counter() - start))
    return times


@torch.no_grad()
def measure(name: str, size: tuple[int, int], threads: int, repeats: int) -> dict:
    """Measure one architecture; `ratio` is upstream's time divided by ours, None without upstream's model."""
    torch.set_num_threads(threads)
    register_all_modules(init_default_scope=True)
    image = torch.rand(1, 3, *size)
    network = build(BASES / f"{name}.py")
    before = peak_mib()
    with FlopCounterMode(display=False) as counter:
        network(image)
    row = {
        "name": name,
        "parameters": sum(p.numel() for p in network.parameters()),
        "gflops": counter.get_total_flops() / 1e9,
        "peak_mib": peak_mib(),
        "activations_mib": peak_mib() - before,
        "upstream_ms": None,
        "ratio": None,
    }
    networks = [network]
    if name in UPSTREAM:
        import mmseg

        folder = Path(mmseg.__file__).parent / ".mim" / "configs" / "_base_" / "models"
        networks.append(build(folder / f"{UPSTREAM[name]}.py"))
        networks[1].load_state_dict(network.state_dict())
    ours, *upstream = milliseconds(networks, image, repeats)
    row["ms"] = statistics.median(ours)
    if upstream:
        pairs = zip(upstream[0], ours, strict=True)
        row["upstream_ms"] = statistics.median(upstream[0])
        row["ratio"] = statistics.median(theirs / mine for theirs, mine in pairs)
    return row


def formatted(row: dict) -> str:
    """Format one line of the table."""
    ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
    upstream = "-" if row["upstream_ms"] is None else f"{row['upstream_ms']:.0f}"
    return (
        f"{row['name']:26s} {row['parameters'] / 1e6:9.2f} {row['gflops']:9.1f} {row['ms']:9.0f} "
        f"{upstream:>9s} {ratio:>6s} {row['peak_mib']:9.0f}"
    )


def default_names() -> list[str]:
    """Return all bases of encoder-decoders."""
    return sorted(
        p.stem
        for p in BASES.glob("*.py")
        if p.stem != SHARED and ("EncoderDecoder" in p.read_text() or f'"{SHARED}.py"' in p.read_text())
    )


def main() -> int:
    """Measure and print; a ratio below 0.97 makes the exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--size", nargs=2, type=int, default=(256, 256), metavar=("H", "W"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="measure one NAME here and print JSON")
    args = parser.parse_args()
    if args.json:
        print(json.dumps(measure(args.names[0], tuple(args.size), args.threads, args.repeats)))
        return 0
    print(
        f"{'architecture':26s} {'M params':>9s} {'GFLOPs':>9s} {'ms':>9s} "
        f"{'theirs':>9s} {'ratio':>6s} {'MiB':>9s}"
    )
    slow = False
    for name in args.names or default_names():
        command = [sys.executable, __file__, name, "--json", "--threads", str(args.threads)]
        command += ["--repeats", str(args.repeats), "--size", *map(str, args.size)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        row = json.loads(done.stdout.splitlines()[-1])
        slow |= row["ratio"] is not None and row["ratio"] < 0.97
        print(formatted(row), flush=True)
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
