"""Compare training step, data pipeline and import time with upstream's classes on the same config.

Usage: python tools/benchmarks/foundation.py [CONFIG] [--steps 10] [--options KEY=VALUE ...]

Each ratio is upstream's time divided by ours, above 1 if ours is faster: the median of alternating pairs.
* step: the leaf's optimiser wrapper (with its precision) and upstream's `OptimWrapper` in fp32, same
  model, same batch of random pixels at the leaf's crop and batch size.
* pipeline: one training sample through the leaf's pipeline, and the same with upstream's loaders.
* import: `import seg_plugins`, and the import of the packages of mmseg and mmengine that it cannot do
without, so
  that 1 is the limit; each in separate processes, from compiled files.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import DATASETS, MODELS
from mmseg.structures import SegDataSample

from seg_plugins.commands.command_line import OptionsAction
from seg_plugins.config.reading import load_config

LEAF = "configs/unet/unet_tiny_1xb4-1k_synth-streets-128x256.py"
LOADERS = {"LoadSegImage": "LoadImageFromFile", "LoadSegAnnotations": "LoadAnnotations"}
BASE_IMPORTS = "import mmseg.models, mmseg.datasets, mmseg.engine, mmseg.evaluation, mmengine.runner"


def interleaved(
    theirs: Callable[[], object], ours: Callable[[], object], repeats: int
) -> tuple[float, float]:
    """Return the median ratio of times (theirs over ours) and our median seconds, after one call of each."""
    theirs(), ours()
    ratios, seconds = [], []
    for turn in range(repeats):
        taken = {}
        for run in (theirs, ours) if turn % 2 else (ours, theirs):
            start = time.perf_counter()
            run()
            taken[run] = time.perf_counter() - start
        ratios.append(taken[theirs] / taken[ours])
        seconds.append(taken[ours])
    return statistics.median(ratios), statistics.median(seconds)


def step_of(cfg: Config, wrapper: dict) -> Callable[[], object]:
    """Build one training step of the config's model with an optimiser wrapper, on random pixels."""
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).train()
    optimiser = build_optim_wrapper(model, wrapper)
    height, width = cfg.crop_size
    rng = np.random.default_rng(0)
    samples, inputs = [], []
    for _ in range(cfg.train_dataloader.batch_size):
        labels = torch.from_numpy(rng.integers(0, cfg.num_classes, (1, height, width)))
        samples.append(
            SegDataSample(gt_sem_seg=PixelData(data=labels), metainfo={"img_shape": (height, width)})
        )
        inputs.append(torch.from_numpy(rng.integers(0, 256, (3, height, width), np.uint8)))
    return lambda: model.train_step({"inputs": inputs, "data_samples": samples}, optimiser)


def upstream_wrapper(cfg: Config) -> dict:
    """Return the config's optimiser in upstream's plain wrapper."""
    kept = {k: v for k, v in cfg.optim_wrapper.items() if k in ("optimizer", "clip_grad", "paramwise_cfg")}
    return {"type": "OptimWrapper", **kept}


def pipeline_of(cfg: Config, names: dict[str, str]) -> Callable[[], object]:
    """Return a function that loads one sample by the config's pipeline, its transforms renamed by `names`."""
    dataset = cfg.train_dataloader.dataset.copy()
    dataset.pipeline = [{**step, "type": names.get(step["type"], step["type"])} for step in dataset.pipeline]
    built = DATASETS.build(dataset)
    return lambda: built[0]


def import_seconds(code: str) -> float:
    """Measure the seconds that a new interpreter needs for `code`, including its own start."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=env, check=True, capture_output=True)
    return time.perf_counter() - start


def main(argv: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config", nargs="?", default=str(Path(__file__).parents[2] / LEAF))
    parser.add_argument("--steps", type=int, default=10, help="repeats")
    parser.add_argument("--imports", type=int, default=3, help="repeats of the import; 0 leaves it out")
    parser.add_argument("--options", nargs="+", action=OptionsAction, help="config keys, as --cfg-options")
    args = parser.parse_args(argv)
    cfg = load_config(args.config, args.options)
    init_default_scope("mmseg")
    print(f"{Path(args.config).stem}, {torch.get_num_threads()} threads", flush=True)
    theirs, ours = step_of(cfg, upstream_wrapper(cfg)), step_of(cfg, dict(cfg.optim_wrapper))
    ratio, seconds = interleaved(theirs, ours, args.steps)
    print(f"step: {seconds:.3f} s, ratio {ratio:.2f}", flush=True)
    ratio, seconds = interleaved(pipeline_of(cfg, LOADERS), pipeline_of(cfg, {}), args.steps)
    print(f"pipeline: {1000 * seconds:.1f} ms per sample, ratio {ratio:.2f}", flush=True)
    if args.imports:
        ratio, seconds = interleaved(
            lambda: import_seconds(BASE_IMPORTS), lambda: import_seconds("import seg_plugins"), args.imports
        )
        print(f"import: {seconds:.2f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
