"""What the tests of runs share: tiny data, a tiny config, a run in this process."""

import itertools
import json
import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import torch
from mmengine import Config
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.registry import HOOKS, RUNNERS
from PIL import Image

from seg_plugins.checkpoints.safe_loading import read_checkpoint
from seg_plugins.checkpoints.sealed_file import find_whole
from seg_plugins.runners.processes import prepare_processes

COUNT = itertools.count()
ROOT = Path(__file__).parent.parent.parent
TINY = Path(__file__).parent / "tiny_config.py"


@HOOKS.register_module()
class PoisonHook(Hook):
    """Makes an image NaN in the batches of some iterations, counted from 0, of one rank."""

    def __init__(self, iterations, rank=0):
        self.iterations, self.rank = iterations, rank

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter in self.iterations and get_rank() == self.rank:
            image = data_batch["inputs"][0]
            data_batch["inputs"][0] = torch.full(image.shape, float("nan"))


def write_data(root):
    """Twelve pictures of noise; the label is 1 where the smoothed red channel is bright."""
    noise = np.random.default_rng(0)
    for name in ("images", "labels"):
        (root / name).mkdir(parents=True)
    for i in range(12):
        image = noise.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(image).save(root / "images" / f"{i:02d}.png")
        Image.fromarray((image[..., 0] > 127).astype(np.uint8)).save(root / "labels" / f"{i:02d}.png")
    return root


def tiny(root, **options):
    """The tiny config on the data in ``root/data``, its work directory ``root/work``.

    Keys of ``options`` are dotted, with "__" for the dot.
    """
    if not (root / "data").exists():
        write_data(root / "data")
    cfg = Config.fromfile(TINY)
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        cfg[loader].dataset.data_root = str(root / "data")
    cfg.work_dir = str(root / "work")
    cfg.merge_from_dict({key.replace("__", "."): value for key, value in options.items()})
    return cfg


def build(cfg):
    """A runner of its own: MMEngine's loggers, message hubs and visualizers are found by name."""
    cfg.experiment_name = cfg.visualizer.name = f"run{next(COUNT)}"
    return RUNNERS.build(cfg)


def flattened(state):
    """The leaves of nested dictionaries and lists by path; for a loss history, its values."""
    flat = {}

    def walk(prefix, value):
        if isinstance(value, dict):
            for key, member in value.items():
                walk(f"{prefix}/{key}", member)
        elif isinstance(value, list | tuple):
            for i, member in enumerate(value):
                walk(f"{prefix}/{i}", member)
        elif isinstance(value, HistoryBuffer):
            flat[prefix] = value.data[0]
        else:
            flat[prefix] = value

    walk("", state)
    return flat


def final_state(root, name="iter_24.pth"):
    """The final state of a run, except for times and names, as a flat dictionary."""
    state = read_checkpoint(root / "work" / name)
    flat = flattened({key: value for key, value in state.items() if key != "meta"})
    unlike = ("time", "experiment_name", "/cfg", "ckpt", "checkpoints", "memory")
    return {key: value for key, value in flat.items() if not any(word in key for word in unlike)}


def differences(a, b):
    """Names of the entries that differ in any bit."""
    return sorted(a.keys() ^ b.keys()) + [k for k in a.keys() & b.keys() if not _same(a[k], b[k])]


def _same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    numbers = np.asarray(a).dtype.kind == "f"
    return np.array_equal(a, b, equal_nan=numbers and np.asarray(b).dtype.kind == "f")


def logged(root):
    """Losses, learning rate and metrics by step as the last run through each step logged them."""
    rows = {}
    for path in sorted((root / "work").glob("*/vis_data/scalars.json"), key=lambda p: p.stat().st_mtime_ns):
        for line in path.read_text().splitlines():
            row = json.loads(line, parse_constant=str)
            kind = "val" if "mIoU" in row else "train"
            rows[kind, row["step"]] = {k: v for k, v in row.items() if "time" not in k and k != "memory"}
    return rows


class Killed(BaseException):
    """Stands in for SIGKILL: nothing is caught, nothing is saved."""


def killed_at(runner, place, iteration):
    """Let ``runner`` die at a hook point of an iteration; return whether it got there."""
    call_hook = runner.call_hook

    def dying(name, **kwargs):
        call_hook(name, **kwargs)
        if name == place and runner.iter == iteration:
            raise Killed

    runner.call_hook = dying
    try:
        runner.train()
    except Killed:
        return True
    return False


def no_workers(cfg):
    """Load in this process: no test needs workers to test a file."""
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        cfg[loader].update(num_workers=0, persistent_workers=False)
    return cfg


def train_process(root, options, halt, environment, config):
    """What a training process does; it leads a process group, as under a shell or Slurm.

    After iteration ``halt`` it waits for `let_go`, so that a test can reach it however slow the machine is.
    One of several ranks also writes what it ends with, as ``rank<n>.pth``.
    """
    os.setsid()
    os.environ.update(environment)
    cfg = config(root, **options)
    if environment:
        cfg.launcher = "pytorch"
        prepare_processes(cfg)
    runner = build(cfg)
    call_hook = runner.call_hook

    def halting(name, **kwargs):
        call_hook(name, **kwargs)
        while name == "after_train_iter" and runner.iter + 1 == halt and not (root / "go").exists():
            time.sleep(0.01)

    runner.call_hook = halting
    try:
        runner.train()
    except ValueError as error:
        (root / "refused.txt").write_text(str(error))
        raise
    if environment:
        end = {"model": runner.model.state_dict(), "optimizer": runner.optim_wrapper.state_dict()}
        torch.save(end, root / f"rank{environment['RANK']}.pth")


def start(root, halt=None, environment=None, config=tiny, **options):
    """Start a training process, forked from a server that has imported everything already.

    Its config is what ``config``, a function like `tiny`, returns.
    """
    (root / "go").unlink(missing_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "mmseg.models", "mmseg.datasets"])
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    process = context.Process(target=train_process, args=(root, options, halt, environment or {}, config))
    process.start()
    return process


def let_go(root):
    """End the wait of the processes that `start` was given a ``halt`` for."""
    (root / "go").touch()


def wait_for_position(root, wanted, process):
    """Wait until a checkpoint of iteration ``wanted`` or a later one is there."""
    while position(root) < wanted:
        assert process.is_alive(), f"it ended with code {process.exitcode} at {position(root)} of {wanted}"
        time.sleep(0.01)


def position(root):
    """Iteration of the newest checkpoint, 0 without one; the run that writes them goes on meanwhile."""
    while True:
        try:
            found, _ = find_whole(root / "work")
            break
        except FileNotFoundError:  # it was listed, and then replaced by a newer one
            continue
    return int(found.stem.split("_")[1]) if found else 0
