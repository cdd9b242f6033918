"""Complete training runs as processes: wall-clock time, peak memory of the process, last validation."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
from mmengine.config import Config
from training_steps import CLASSES, ROOT, common_config, our_runtime, scene, stock_runtime

STOCK = (
    "import sys; from mmengine.config import Config; from mmengine.runner import Runner; "
    "Runner.from_cfg(Config.fromfile(sys.argv[1])).train()"
)


def write_scenes(folder: Path, size: tuple[int, int], train: int = 64, val: int = 16) -> None:
    """Draw a data set of PNG files."""
    for index in range(train + val):
        split = "train" if index < train else "val"
        for kind, picture in zip(("images", "labels"), scene(index, size), strict=True):
            path = folder / kind / split / f"{index:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), picture)


def disk_config(
    name: str, batch: int, size: tuple[int, int], data: Path, work_dir: Path, iters: int
) -> dict[str, Any]:
    """Return the common config of both sides: upstream's loading and augmentation, one final validation."""
    load = [dict(type="LoadImageFromFile"), dict(type="LoadAnnotations")]
    augment = [
        dict(type="RandomResize", scale=size[::-1], ratio_range=(0.5, 2.0), keep_ratio=True),
        dict(type="RandomCrop", crop_size=size, cat_max_ratio=0.75),
        dict(type="RandomFlip", prob=0.5),
        dict(type="PhotoMetricDistortion"),
    ]

    def loader(split: str, pipeline: list[dict[str, Any]], batch: int) -> dict[str, Any]:
        return dict(
            batch_size=batch,
            num_workers=2,
            persistent_workers=True,
            sampler=dict(
                type="InfiniteSampler" if split == "train" else "DefaultSampler", shuffle=split == "train"
            ),
            dataset=dict(
                type="BaseSegDataset",
                metainfo=dict(
                    classes=[str(c) for c in range(CLASSES)], palette=[[c] * 3 for c in range(CLASSES)]
                ),
                data_root=str(data),
                img_suffix=".png",
                data_prefix=dict(img_path=f"images/{split}", seg_map_path=f"labels/{split}"),
                pipeline=[*pipeline, dict(type="PackSegInputs")],
            ),
        )

    return common_config(name, batch, size, work_dir) | dict(
        train_dataloader=loader("train", load + augment, batch),
        val_dataloader=loader("val", load, 1),
        train_cfg=dict(type="IterBasedTrainLoop", max_iters=iters, val_interval=iters),
        val_cfg=dict(type="ValLoop"),
        val_evaluator=dict(type="IoUMetric", iou_metrics=["mIoU"]),
    )


def watch(command: list[str], log: Path) -> dict[str, float]:
    """Run a process to its end; return its seconds and its peak resident memory in bytes.

    Raises:
        RuntimeError: If it fails; the message ends with its last lines.
    """
    begin = time.perf_counter()
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n" + log.read_text()[-2000:])
    return dict(seconds=time.perf_counter() - begin, peak_bytes=1024 * usage.ru_maxrss)


def whole_runs(
    name: str, batch: int, size: tuple[int, int], iters: int, rounds: int, folder: Path
) -> dict[str, Any]:
    """Alternate complete runs of both sides, and compare the medians."""
    write_scenes(folder / "data", size)
    results: dict[str, list[dict[str, float]]] = dict(stock=[], fast=[])
    for turn in range(rounds):
        for side, runtime in (("stock", stock_runtime()), ("fast", our_runtime(True))):
            work_dir = folder / f"{name}-{side}-{turn}"
            shared = disk_config(name, batch, size, folder / "data", work_dir, iters)
            path = folder / f"{side}.py"
            Config({**runtime, **shared}).dump(path)
            command = ["-c", STOCK, str(path)] if side == "stock" else ["tools/train.py", str(path)]
            results[side].append(watch([sys.executable, *command], folder / f"{side}.log"))
    median = {
        side: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for side, runs in results.items()
    }
    return dict(
        iters=iters, **median, speed_up=median["stock"]["seconds"] / median["fast"]["seconds"],
        memory_ratio=median["fast"]["peak_bytes"] / median["stock"]["peak_bytes"],
    )  # fmt: skip


def last_score(work_dir: Path, metric: str) -> float:
    """Return the last value of a metric in the run's log."""
    lines = [
        json.loads(x) for p in sorted(work_dir.rglob("scalars.json")) for x in p.read_text().splitlines()
    ]
    return [line[metric] for line in lines if metric in line][-1]


def compare_seeds(config: str, seeds: list[int], folder: Path, metric: str = "mIoU") -> dict[str, Any]:
    """Train a config with each seed in float32 and with the preset; return the scores and their spread."""
    scores: dict[str, list[float]] = dict(float32=[], fast=[])
    wrapper = ["optim_wrapper.type=AutocastOptimWrapper", "optim_wrapper.dtype=float32"]
    for seed in seeds:
        for side, options in (("float32", [*wrapper, "fast=False"]), ("fast", ["fast=True"])):
            work_dir = folder / f"{side}-{seed}"
            command = [
                sys.executable, "tools/train.py", config, "--work-dir", str(work_dir),
                "--cfg-options", f"randomness.seed={seed}", *options,
            ]  # fmt: skip
            watch(command, folder / f"{side}-{seed}.log")
            scores[side].append(last_score(work_dir, metric))
    spread = {side: statistics.stdev(values) if len(values) > 1 else 0.0 for side, values in scores.items()}
    means = {side: statistics.mean(values) for side, values in scores.items()}
    difference = means["fast"] - means["float32"]
    within = abs(difference) <= 2 * max(spread.values())
    return dict(
        config=config, metric=metric, seeds=seeds, scores=scores, mean=means, stdev=spread,
        difference=difference, within_two_stdev=within,
    )  # fmt: skip
