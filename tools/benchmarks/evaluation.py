"""Compare speed and memory of evaluation with upstream's and SciPy's: same inputs, alternating.

`python tools/benchmarks/evaluation.py [--repeats 7] [--images 5000] [--json FILE]`

The benchmark prints, with the target of each: confusion update (1024x2048, 19 classes) against upstream's
`IoUMetric`; memory over many images against upstream's; boundary F1 (1024x2048) against distance transforms
of full maps in SciPy; labels of 150 classes at 1024x2048 in tiles against upstream's resize and argmax.
"""

import argparse
import json
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.logging import MMLogger
from mmseg.evaluation import IoUMetric
from mmseg.models.utils import resize
from scipy import ndimage

from seg_plugins.metrics.confusion_metric import ConfusionMetric
from seg_plugins.ops.boundaries import boundary_counts, boundary_f1, boundary_map
from seg_plugins.ops.tiled_labels import resized, strip_of, tiled_labels

SIZE = (1024, 2048)
META = dict(classes=[f"class{i}" for i in range(19)])


def street_like(classes: int, size: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return smooth true regions with an unlabelled strip, and a prediction with displaced outlines."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(size=(size[0] // 16, size[1] // 16, classes)).astype(np.float32)
    smooth = cv2.GaussianBlur(coarse.reshape(*coarse.shape[:2], classes), (0, 0), 2)
    true, pred = (
        np.stack([cv2.resize(f[..., k], size[::-1]) for k in range(classes)]).argmax(0)
        for f in (smooth, smooth + 0.03 * rng.normal(size=coarse.shape).astype(np.float32))
    )
    true[:40] = 255
    return pred, true


def alternate(pair: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Measure the median milliseconds of each, alternating after one warm-up."""
    times: dict[str, list[float]] = {name: [] for name in pair}
    for i in range(repeats + 1):
        for name, function in pair.items():
            start = time.perf_counter()
            function()
            if i:
                times[name].append(1e3 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def metrics_and_sample() -> tuple[dict[str, object], dict]:
    """Return upstream's metric and ours, and a data sample as the evaluator passes it."""
    pred, true = street_like(19, SIZE)
    sample = {
        k: dict(data=torch.from_numpy(v)[None]) for k, v in (("pred_sem_seg", pred), ("gt_sem_seg", true))
    }
    metrics = dict(upstream=IoUMetric(prefix="up"), ours=ConfusionMetric())
    for metric in metrics.values():
        metric.dataset_meta = META
    return metrics, sample


def confusion_update(repeats: int) -> dict[str, float]:
    """Measure `process` of one image."""
    metrics, sample = metrics_and_sample()
    timed = alternate({n: lambda m=m: m.process(None, [sample]) for n, m in metrics.items()}, repeats)
    results = {n: m.evaluate(10**6) for n, m in metrics.items()}
    assert abs(results["upstream"]["up/mIoU"] - results["ours"]["mIoU"]) < 0.006
    return timed


def state_growth(images: int) -> dict[str, float]:
    """Measure the bytes that a metric keeps per image (pickled state), over small images."""
    grown = {}
    metrics, _ = metrics_and_sample()
    pred, true = street_like(19, (64, 128))
    sample = {
        k: dict(data=torch.from_numpy(v)[None]) for k, v in (("pred_sem_seg", pred), ("gt_sem_seg", true))
    }
    for name, metric in metrics.items():
        metric.process(None, [sample])
        first = len(pickle.dumps(vars(metric)))
        for _ in range(images - 1):
            metric.process(None, [sample])
        grown[name] = len(pickle.dumps(vars(metric))) - first
    return grown


def direct_f1(
    pred: np.ndarray, true: np.ndarray, valid: np.ndarray, tolerance: float, classes: int
) -> np.ndarray:
    """Compute boundary F1 by its definition: two distance transforms of the full map per class."""
    scores = np.full(classes, np.nan)
    edges = [boundary_map(m, valid) for m in (pred, true)]
    for k in range(classes):
        if not (((pred == k) | (true == k)) & valid).any():
            continue
        a, b = edges[0] & (pred == k), edges[1] & (true == k)
        scores[k] = 0.0
        if a.any() and b.any():
            p = (ndimage.distance_transform_edt(~b)[a] <= tolerance).mean()
            r = (ndimage.distance_transform_edt(~a)[b] <= tolerance).mean()
            scores[k] = 2 * p * r / (p + r) if p + r else 0.0
    return scores


def boundary(repeats: int) -> dict[str, float]:
    """Measure boundary F1 of one image, 19 classes."""
    pred, true = street_like(19, SIZE)
    valid = true != 255
    true = np.where(valid, true, 0)
    tolerance = 0.0075 * float(np.hypot(*SIZE))
    pair = {
        "scipy": lambda: direct_f1(pred, true, valid, tolerance, 19),
        "ours": lambda: boundary_f1(boundary_counts(pred, true, valid, 19, tolerance)),
    }
    np.testing.assert_allclose(pair["ours"](), pair["scipy"]())
    return alternate(pair, max(1, repeats // 3))


def resident_memory(field: str) -> float:
    """Return the MiB of this process: `VmRSS` now, `VmHWM` at most since the peak was last reset."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 1024


def labels_in_process(way: str) -> None:
    """Print peak memory above the start in MiB, milliseconds and a checksum of the labels of 150 classes."""
    logits = torch.randn(1, 150, SIZE[0] // 4, SIZE[1] // 4, generator=torch.Generator().manual_seed(0))
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak after the imports (Linux)
    before = resident_memory("VmRSS")
    start = time.perf_counter()
    if way == "ours":
        labels = tiled_labels(resized(strip_of(logits[0]), SIZE))[0]
    else:  # as upstream's predict_by_feat and postprocess_result do
        full = resize(logits, SIZE, mode="bilinear", align_corners=False)
        labels = resize(full[:1], SIZE, mode="bilinear", align_corners=False)[0].argmax(dim=0, keepdim=True)
    took = 1e3 * (time.perf_counter() - start)
    peak = resident_memory("VmHWM") - before
    np.save(sys.argv[3], labels.numpy().astype(np.uint8))
    print(json.dumps(dict(peak=peak, ms=took)))


def labels_of_150_classes(folder: Path) -> tuple[dict[str, float], dict[str, float], int]:
    """Measure peak memory and time of each way in a separate process; count the labels that differ."""
    found = {}
    for way in ("upstream", "ours"):
        command = [sys.executable, __file__, "--labels", way, str(folder / way)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found[way] = json.loads(output.splitlines()[-1])  # packages print on import
    maps = [np.load(folder / f"{way}.npy") for way in found]
    peaks, times = ({w: f[key] for w, f in found.items()} for key in ("peak", "ms"))
    return peaks, times, int((maps[0] != maps[1]).sum())


def show(name: str, unit: str, theirs: float, ours: float, target: str, passed: bool) -> dict:
    """Print a row, and return it."""
    ratio = theirs / ours if ours else float("inf")
    print(
        f"{name:34}{theirs:12.1f}{ours:12.1f} {unit:4}{ratio:8.1f}x  target {target:14}"
        f"{'reached' if passed else 'MISSED'}"
    )
    return dict(
        name=name, unit=unit, reference=theirs, ours=ours, ratio=ratio, target=target, passed=bool(passed)
    )


def main() -> int:
    """Run the benchmark; return 1 if a target is missed."""
    MMLogger.get_instance("benchmark", log_level="ERROR")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--repeats", type=int, default=7, help="timed runs of each side, alternating (%(default)s)"
    )
    parser.add_argument("--images", type=int, default=5000, help="images for the memory row (%(default)s)")
    parser.add_argument("--json", type=Path, help="JSON file for the figures")
    args = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, OpenCV {cv2.__version__}")
    print(f"{'':34}{'reference':>12}{'ours':>12}")
    rows = []
    t = confusion_update(args.repeats)
    fast = t["upstream"] / t["ours"]
    rows.append(show("confusion update, 1024x2048x19", "ms", t["upstream"], t["ours"], ">= 8x", fast >= 8))
    g = state_growth(args.images)
    name = f"state growth, {args.images} images"
    rows.append(show(name, "KiB", g["upstream"] / 1024, g["ours"] / 1024, "ours < 1 KiB", g["ours"] < 1024))
    t = boundary(args.repeats)
    rows.append(
        show("boundary F1, 1024x2048x19", "ms", t["scipy"], t["ours"], ">= 5x", t["scipy"] / t["ours"] >= 5)
    )
    with tempfile.TemporaryDirectory() as folder:
        peak, t, differ = labels_of_150_classes(Path(folder))
    less = peak["upstream"] / max(peak["ours"], 1e-9)
    rows.append(
        show("peak of labels, 1024x2048x150", "MiB", peak["upstream"], peak["ours"], ">= 4x", less >= 4)
    )
    rows.append(show("time of the same", "ms", t["upstream"], t["ours"], ">= 1x", t["upstream"] >= t["ours"]))
    print(f"labels that differ: {differ} of {SIZE[0] * SIZE[1]}")
    if args.json:
        args.json.write_text(json.dumps(dict(rows=rows, labels_that_differ=differ), indent=2))
    return int(not all(row["passed"] for row in rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--labels"]:
        labels_in_process(sys.argv[2])
    else:
        sys.exit(main())
