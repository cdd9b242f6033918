"""Compare the speed of loading with upstream's: same images and random numbers, one thread, alternating.

`python tools/benchmarks/data.py [--repeats 40] [--images 8] [--source DIR] [--json FILE]`

The images are 1024x2048 PNG (drawn, or those of a prepared Cityscapes with --source). The pipeline is
that of `configs/_base_/datasets/cityscapes.py`. The benchmark prints the median processor time of a training
sample, which other programs disturb less than wall-clock time: with upstream's classes; with the
fused resize and crop; with photometric tables in addition; and from the pack. Then resize and crop alone.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS, TRANSFORMS

import seg_plugins.register  # noqa: F401 - registers
from seg_plugins.converters.streets.street_renderer import render_street
from seg_plugins.datasets.packed_seg_dataset import faster
from seg_plugins.datasets.packing import pack_dataset

CONFIG = Path(__file__).parents[2] / "configs" / "_base_" / "datasets" / "cityscapes.py"
SIZE = (1024, 2048)
TARGET = 5.0


def draw_images(folder: Path, count: int) -> None:
    """Write street scenes as PNG files, about as large as those of Cityscapes (2.3 MB)."""
    for part in ("images", "labels"):
        (folder / part / "train").mkdir(parents=True)
    for i in range(count):
        scene = render_street(0, i, SIZE[0] // 8, SIZE[1] // 8)
        noise = np.random.default_rng(i).normal(0, 1.2, (*SIZE, 3))
        image = cv2.resize(scene.image, SIZE[::-1], interpolation=cv2.INTER_CUBIC) + noise
        labels = cv2.resize(scene.labels, SIZE[::-1], interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(folder / "images" / "train" / f"{i}.png"), np.clip(image, 0, 255).astype(np.uint8))
        cv2.imwrite(str(folder / "labels" / "train" / f"{i}.png"), labels)


def upstream_pipeline() -> list[dict]:
    """Return the training pipeline of the config with upstream's loading classes."""
    names = {"LoadSegImage": "LoadImageFromFile", "LoadSegAnnotations": "LoadAnnotations"}
    config = Config.fromfile(CONFIG).to_dict()
    return [{**t, "type": names.get(t["type"], t["type"])} for t in config["train_pipeline"]]


def only_fused(pipeline: list[dict]) -> list[dict]:
    """Fuse resize and crop, and keep upstream's photometric distortion."""
    return [{**t, "type": t["type"].replace("FastPhotoMetric", "PhotoMetric")} for t in faster(pipeline)]


def alternate(functions: dict[str, Callable[[int], object]], repeats: int) -> dict[str, float]:
    """Measure the median milliseconds of processor time of each, alternating, with one seed and a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for i in range(repeats + 1):
        for name, function in functions.items():
            np.random.seed(i)
            start = time.process_time()
            function(i)
            if i:
                times[name].append(1e3 * (time.process_time() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def datasets(root: Path, folder: Path) -> dict[str, object]:
    """Build four data sets that load the same images differently; the pack goes to `folder`."""
    pipeline = upstream_pipeline()
    base = dict(
        type="BaseSegDataset",
        data_root=str(root),
        data_prefix=dict(img_path="images/train", seg_map_path="labels/train"),
        img_suffix=".png",
        metainfo=dict(classes=[f"class{i}" for i in range(19)]),
        pipeline=pipeline,
    )
    pack_dataset(base, folder)
    return {
        "upstream": DATASETS.build(base),
        "fused": DATASETS.build({**base, "pipeline": only_fused(pipeline)}),
        "fused, tables": DATASETS.build({**base, "pipeline": faster(pipeline)}),
        "packed": DATASETS.build(dict(type="PackedSegDataset", dataset=base, pack=str(folder))),
    }


def resize_crop(dataset: object, repeats: int) -> dict[str, float]:
    """Measure the median milliseconds of resize and crop alone, upstream's and fused, on decoded arrays."""
    entries = [dataset.get_data_info(i) for i in range(len(dataset))]
    load = [TRANSFORMS.build(t) for t in upstream_pipeline()[:2]]
    loaded = [load[1](load[0](entry)) for entry in entries[:4]]
    chains = {
        "upstream": [TRANSFORMS.build(t) for t in upstream_pipeline()[2:4]],
        "fused": [TRANSFORMS.build(t) for t in faster(upstream_pipeline())[2:3]],
    }

    def runner(chain: list) -> Callable[[int], object]:
        def run(i: int) -> None:
            results = dict(loaded[i % len(loaded)])
            for transform in chain:
                results = transform(results)

        return run

    return alternate({name: runner(chain) for name, chain in chains.items()}, repeats)


def main() -> int:
    """Run the benchmark; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=40, help="samples of each side (%(default)s)")
    parser.add_argument("--images", type=int, default=8, help="images to draw (%(default)s)")
    parser.add_argument("--source", type=Path, help="root of a prepared Cityscapes to use instead")
    parser.add_argument("--json", type=Path, help="JSON file for the figures")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    init_default_scope("mmseg")
    with tempfile.TemporaryDirectory() as temporary:
        root = args.source or Path(temporary)
        if not args.source:
            draw_images(root, args.images)
        sizes = [f.stat().st_size for f in os.scandir(root / "images" / "train") if f.is_file()]
        print(f"OpenCV {cv2.__version__}, {len(sizes)} images, PNG of {statistics.mean(sizes) / 1e6:.1f} MB")
        made = datasets(root, Path(temporary) / "pack")
        whole = alternate({n: lambda i, d=d: d[i % len(d)] for n, d in made.items()}, args.repeats)
        alone = resize_crop(made["upstream"], args.repeats)
    for name, ms in whole.items():
        print(f"{name:16}{ms:8.1f} ms per sample{whole['upstream'] / ms:8.2f}x upstream")
    print(f"resize and crop: upstream {alone['upstream']:.1f} ms, fused {alone['fused']:.1f} ms")
    ratio = whole["upstream"] / whole["packed"]
    passed = ratio >= TARGET and whole["fused"] < whole["upstream"] and alone["fused"] < alone["upstream"]
    print(f"packed {ratio:.2f}x (target {TARGET}x), fused < upstream: {'passed' if passed else 'MISSED'}")
    if args.json:
        args.json.write_text(
            json.dumps(dict(samples_ms=whole, resize_crop_ms=alone, passed=passed), indent=2)
        )
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
