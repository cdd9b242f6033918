"""Measure the gain of the fast preset's switches and of the tricks in `seg_plugins/ops/cpu` on this CPU.

`python tools/benchmarks/cpu_tricks.py [--busy N] [--threads N] [--steps N] [--sides NAME ...]`

Training steps with and without a trick alternate in one process, so that other load on the machine affects
both equally. `--busy 2` adds two processes that use a core each. A factor above 1 is a gain. The last line is
about reading many small records without Python's collector.
"""

import argparse
import gc
import json
import logging
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS, OPTIM_WRAPPERS
from training_steps import ScenesInMemory, model_config

from seg_plugins.hooks import ChannelsLastHook, ChunkedLossHook
from seg_plugins.hooks import channels_last_hook as channels_last
from seg_plugins.ops.cpu.freed_memory import keep_freed_memory, return_freed_memory
from seg_plugins.ops.cpu.paused_collector import paused_collector
from seg_plugins.ops.replacing import replaced
from seg_plugins.optim.fast_preset import SWITCHES

Step = Callable[[Any], None]
NOTHING = dict.fromkeys(SWITCHES, False)
PRESET = {key: value for key, value in SWITCHES.items() if key != "compile"}


def make_step(name: str, size: tuple[int, int], switches: dict[str, Any], narrow: bool = True) -> Step:
    """Build a training step of a new model.

    Args:
        name: Name of the model.
        size: (H, W) in pixels.
        switches: Switches of the preset.
        narrow: Let channels-last order use `NarrowBatchNorm2d`.
    """
    torch.manual_seed(0)
    model = MODELS.build(model_config(name, size)).train()
    model.init_weights()
    fused = {"fused": True} if switches.get("fused") else {}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, **fused)
    dtype = switches.get("autocast") or "float32"
    wrapper = OPTIM_WRAPPERS.build(dict(type="AutocastOptimWrapper", dtype=dtype, optimizer=optimizer))
    runner = SimpleNamespace(model=model, optim_wrapper=wrapper, logger=logging.getLogger("steps"))
    if switches.get("chunked_loss"):
        ChunkedLossHook().before_train(runner)
    if switches.get("channels_last"):
        left_out = {} if narrow else {"speed_up_narrow_batch_norms": lambda _: None}
        with replaced(channels_last, **left_out):
            ChannelsLastHook().before_train(runner)
    return lambda batch: model.train_step(batch, wrapper) and None


def remembering(step: Step) -> Step:
    """Wrap a step: the allocator keeps freed memory during it and returns the memory afterwards."""

    def run(batch: Any) -> None:
        keep_freed_memory()
        step(batch)
        return_freed_memory()

    return run


def in_turns(sides: dict[str, Step], batch: Any, rounds: int, warm_up: int = 2) -> dict[str, list[float]]:
    """Measure the seconds of each side's steps; the sides alternate, and the first one changes each round."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for turn in range(rounds + warm_up):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            begin = time.perf_counter()
            sides[name](batch)
            if turn >= warm_up:
                seconds[name].append(time.perf_counter() - begin)
    return seconds


def spin() -> None:
    """Use a core without end."""
    while True:
        pass


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Add load to the machine within the block: processes that use a core each."""
    others = [multiprocessing.get_context("spawn").Process(target=spin, daemon=True) for _ in range(count)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.kill()


def gain_of_paused_collector(rounds: int) -> float:
    """Return how much faster 2000 small records are read while the collector is paused."""
    text = json.dumps({str(key): [1.0, {"value": key}] for key in range(50)})

    def read(_: Any) -> None:
        [json.loads(text) for _ in range(2000)]

    def paused(_: Any) -> None:
        with paused_collector():
            read(_)

    gc.collect()
    seconds = in_turns({"on": read, "paused": paused}, None, rounds)
    return statistics.median(seconds["on"]) / statistics.median(seconds["paused"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="unet-tiny", help="model of training_steps.py [unet-tiny]")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--size", type=int, nargs=2, default=(256, 256), metavar=("H", "W"))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--busy", type=int, default=0, help="additional processes that use a core [0]")
    parser.add_argument("--steps", type=int, default=20, help="steps of each side")
    parser.add_argument("--dtype", default=PRESET["autocast"], help="autocast of the preset [auto]")
    parser.add_argument("--sides", nargs="+", help="such as preset channels_last [all]")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    logging.disable(logging.INFO)
    init_default_scope("mmseg")
    size = tuple(args.size)
    items = ScenesInMemory(size)
    batch = {key: [items[i][key] for i in range(args.batch)] for key in ("inputs", "data_samples")}
    switches = PRESET | {"autocast": args.dtype}
    preset = make_step(args.model, size, switches)
    sides = {"stock": make_step(args.model, size, NOTHING), "preset": preset}
    sides |= {key: make_step(args.model, size, NOTHING | {key: value}) for key, value in switches.items()}
    sides["channels_last, plain batch norm"] = make_step(args.model, size, dict(channels_last=True), False)
    sides["freed memory kept"] = remembering(make_step(args.model, size, NOTHING))
    sides["preset, freed memory kept"] = remembering(preset)
    if args.sides:
        sides = {name: sides[name] for name in ("stock", *args.sides)}
    with busy(args.busy):
        seconds = in_turns(sides, batch, args.steps)
        collector = gain_of_paused_collector(args.steps)
    print(f"{args.model}, {args.threads} threads, {args.busy} busy processes, load {os.getloadavg()[0]:.1f}")
    for name, values in seconds.items():
        ratios = sorted(a / b for a, b in zip(seconds["stock"], values, strict=True))
        quartiles = f"{ratios[len(ratios) // 4]:.2f} to {ratios[-1 - len(ratios) // 4]:.2f}"
        factor = statistics.median(seconds["stock"]) / statistics.median(values)
        print(f"{name:34} {1e3 * statistics.median(values):8.1f} ms  {factor:5.2f} x ({quartiles})")
    print(f"{'collector paused':34} {'':11}  {collector:5.2f} x")


if __name__ == "__main__":
    main()
