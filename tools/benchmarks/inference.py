"""Compare sliding-window inference with upstream's `slide` mode on the same model and image.

Usage: python tools/benchmarks/inference.py [--size H W] [--models ...] [--repeats N]

Per model, the benchmark prints the ratio of times (upstream's divided by ours, alternating, median of the
pairs): for plain-mean windows in fp32, with the fraction of equal labels; for Gaussian windows; for bf16; and
on a GPU for batches of windows. It also prints the peak memory above the idle process, each in a separate
process. The image is a drawn street, 1024x2048 for the small models and 512x1024 for DeepLabv3+, whose
windows are slow. Both sides load the same checkpoint, from a short training on drawn streets: random weights
leave near-ties that any rounding decides.
"""

import argparse
import ctypes
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import mmseg
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.apis import inference_model, init_model
from mmseg.registry import MODELS as SEGMENTORS
from mmseg.structures import SegDataSample
from torch import nn

from seg_plugins.converters.synth_streets import make
from seg_plugins.inference import SegPredictor

ROOT = Path(__file__).resolve().parents[2]
UPSTREAM = Path(mmseg.__file__).parent / ".mim" / "configs"
MODELS = {
    "unet-tiny": ROOT / "configs/_base_/models/unet_tiny.py",
    "fcn-tiny": ROOT / "configs/_base_/models/fcn_tiny.py",
    "segnet-tiny": ROOT / "configs/_base_/models/segnet_tiny.py",
    "deeplabv3plus-r18": UPSTREAM / "deeplabv3plus/deeplabv3plus_r18-d8_4xb2-80k_cityscapes-512x1024.py",
}
CLASSES = 11
STREET = (1024, 2048)
STEPS, BATCH = 150, 4  # training on crops of 128x128
SIZES = {"deeplabv3plus-r18": (512, 1024)}
REPEATS = {"deeplabv3plus-r18": 2}


def plain_batch_norm(node: dict) -> None:
    """Replace synchronised batch norm, which needs processes, in the config."""
    for key, value in node.items():
        if key == "norm_cfg" and value:
            value["type"] = value["type"].replace("SyncBN", "BN")
        elif isinstance(value, dict):
            plain_batch_norm(value)


def benchmark_config(name: str, window: int) -> Config:
    """Return the config that both sides build: the sliding model, with a pipeline of loading only."""
    model = Config.fromfile(MODELS[name]).model
    plain_batch_norm(model)
    model.pop("pretrained", None)
    model.decode_head.num_classes = CLASSES
    if "auxiliary_head" in model:
        model.auxiliary_head = None
    stride = window * 2 // 3
    model.test_cfg = dict(mode="slide", crop_size=(window, window), stride=(stride, stride))
    model.data_preprocessor.update(size=(window, window), test_cfg=None)
    pipeline = [dict(type="LoadImageFromFile"), dict(type="PackSegInputs")]
    return Config(dict(model=model, test_pipeline=pipeline, default_scope="mmseg"))


def street(index: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return image (H, W, 3) uint8 RGB and classes (H, W) of a drawn street."""
    sample = make(7, index, size)
    return np.ascontiguousarray(sample.image), np.asarray(sample.labels)


def train_on_streets(model: nn.Module, size: int) -> None:
    """Train on square crops of drawn streets, so that the classes are as distinct as in a real network."""
    scenes = [street(100 + i, (size, size)) for i in range(32)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, STEPS)
    draw = np.random.default_rng(0)
    model.train()
    for _ in range(STEPS):
        images, samples = [], []
        for image, labels in (scenes[i] for i in draw.choice(len(scenes), BATCH, replace=False)):
            truth = torch.from_numpy(np.where(labels < CLASSES, labels, 255)).long()[None]
            meta = dict(img_shape=(size, size), ori_shape=(size, size))
            samples.append(SegDataSample(gt_sem_seg=PixelData(data=truth), metainfo=meta))
            images.append(torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1))
        data = model.data_preprocessor(dict(inputs=images, data_samples=samples))
        loss, _ = model.parse_losses(model.loss(data["inputs"], data["data_samples"]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()


def write_weights(name: str, window: int, path: Path) -> None:
    """Write the checkpoint that both sides load."""
    torch.manual_seed(0)
    cfg = benchmark_config(name, window)
    init_default_scope("mmseg")
    model = SEGMENTORS.build(cfg.model).eval()
    train_on_streets(model, min(128, window))
    names = dict(classes=tuple(map(str, range(CLASSES))), palette=[[10 * c] * 3 for c in range(CLASSES)])
    torch.save(dict(state_dict=model.state_dict(), meta=dict(dataset_meta=names)), path)


def build(name: str, args: argparse.Namespace, **options: object) -> SegPredictor:
    """Build our predictor from the benchmark's config."""
    return SegPredictor(benchmark_config(name, args.window), args.weights, maps=(), **options)


def build_upstream(name: str, args: argparse.Namespace) -> nn.Module:
    """Build upstream's model from the same config and weights."""
    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    return init_model(benchmark_config(name, args.window), str(args.weights), device)


def upstream_labels(model: nn.Module, image: np.ndarray) -> np.ndarray:
    """Predict labels (H, W) by upstream's `inference_model`."""
    return inference_model(model, image[..., ::-1].copy()).pred_sem_seg.data[0].cpu().numpy()


def paired(
    theirs: Callable[[], np.ndarray], ours: Callable[[], np.ndarray], repeats: int
) -> tuple[float, float, float, float]:
    """Return median wall and processor ratios (theirs over ours), our median seconds, and equal labels."""
    equal = float((theirs() == ours()).mean())
    ratios, seconds = [], []
    for turn in range(repeats):
        taken = {}
        for run in (theirs, ours) if turn % 2 else (ours, theirs):
            start = time.perf_counter(), time.process_time()
            run()
            taken[run] = time.perf_counter() - start[0], time.process_time() - start[1]
        ratios.append([a / b for a, b in zip(taken[theirs], taken[ours], strict=True)])
        seconds.append(taken[ours][0])
    wall, processor = (statistics.median(column) for column in zip(*ratios, strict=True))
    return wall, processor, statistics.median(seconds), equal


def size_of(name: str, args: argparse.Namespace) -> tuple[int, int]:
    """Return (H, W) of the image for a model."""
    return tuple(args.size or SIZES.get(name, STREET))


def peak_memory(side: str, name: str, args: argparse.Namespace) -> float:
    """Measure the MiB of a run above the idle process (model loaded, one window done), median of 3."""
    line = [sys.executable, __file__, "--memory-of", side, "--models", name, "--window", str(args.window)]
    line += ["--size", *map(str, args.size or STREET), "--weights", str(args.weights)]
    runs = (subprocess.run(line, capture_output=True, text=True, check=True) for _ in range(3))
    return statistics.median(float(done.stdout.split()[-1]) for done in runs)


def resident(field: str) -> int:
    """Return a field of /proc/self/status in KiB: VmRSS now, VmHWM at most since the last reset."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field))
    return int(line.split()[1])


def measure_memory(side: str, args: argparse.Namespace) -> None:
    """Print the peak memory of one side, in MiB above idle."""
    image, _ = street(0, tuple(args.size))
    if side == "upstream":
        model = build_upstream(args.models[0], args)
        run = lambda pixels: upstream_labels(model, pixels)  # noqa: E731
    else:
        run = build(args.models[0], args)
    run(image[: args.window, : args.window])
    ctypes.CDLL(None).malloc_trim(0)  # memory left by the first window belongs to neither side
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    idle = resident("VmRSS")
    run(image)
    print((resident("VmHWM") - idle) / 1024)


def measure(name: str, args: argparse.Namespace) -> dict[str, float]:
    """Measure all figures of one model."""
    image, _ = street(0, size_of(name, args))
    theirs, repeats = build_upstream(name, args), args.repeats or REPEATS.get(name, 5)
    rows: dict[str, float] = {}

    def compare(label: str, predictor: SegPredictor) -> None:
        figures = paired(lambda: upstream_labels(theirs, image), lambda: predictor(image).labels, repeats)
        for what, value in zip(
            ("wall ratio", "processor ratio", "seconds", "equal labels"), figures, strict=True
        ):
            rows[f"{label}: {what}"] = value

    compare("fp32, plain mean", build(name, args, gaussian=False))
    compare("fp32, Gaussian", build(name, args))
    compare("bf16, plain mean", build(name, args, gaussian=False, dtype="bfloat16"))
    if torch.cuda.is_available():
        for batch in (1, 8):
            compare(f"fp32, batch {batch}", build(name, args, gaussian=False, batch=batch))
    if not torch.cuda.is_available():
        before, ours = (peak_memory(side, name, args) for side in ("upstream", "ours"))
        rows.update(
            {
                "upstream MiB above idle": before,
                "ours MiB above idle": ours,
                "memory ratio": ours / max(before, 0.1),
            }
        )
    return rows


def main(argv: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--size", nargs=2, type=int, metavar=("H", "W"), help="[1024 2048, DeepLabv3+ 512 1024]"
    )
    parser.add_argument("--window", type=int, default=512, help="side of the window")
    parser.add_argument(
        "--models", nargs="+", choices=list(MODELS), default=["unet-tiny", "deeplabv3plus-r18"]
    )
    parser.add_argument("--repeats", type=int, help="[5, DeepLabv3+ 2]")
    parser.add_argument("--json", type=Path, help="JSON file for the figures")
    parser.add_argument("--memory-of", choices=["upstream", "ours"], help=argparse.SUPPRESS)
    parser.add_argument("--weights", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.memory_of:
        measure_memory(args.memory_of, args)
        return
    figures = {}
    for name in args.models:
        size = "x".join(map(str, size_of(name, args)))
        print(f"{name}: {size}, window {args.window}, {torch.get_num_threads()} threads", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            args.weights = Path(folder) / "weights.pth"
            write_weights(name, args.window, args.weights)
            figures[name] = measure(name, args)
        for label, value in figures[name].items():
            print(f"{name}: {label} {value:.4g}", flush=True)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
