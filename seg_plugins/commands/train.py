"""The tool train.py: config, processes, Runner."""

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmseg.registry import RUNNERS

from seg_plugins.checkpoints.fitting import require_same_encoder
from seg_plugins.checkpoints.weight_names import in_own_keys
from seg_plugins.datasets.data_folders import require_data_folders
from seg_plugins.ops.cpu.freed_memory import keep_freed_memory
from seg_plugins.ops.unwrapping import unwrapped
from seg_plugins.optim.fast_preset import HALF, read_switches
from seg_plugins.runners.processes import leave_processes, prepare_processes

from .command_line import read_arguments, train_parser
from .configs import check_work_dir, read_run
from .ending_together import EndingTogether
from .next_steps import after_training
from .quiet import quiet_logger

__all__ = ["build_runner", "enable_amp", "main"]


def half_precision() -> str:
    """Return the 16-bit type of this machine: float16 on a GPU without bfloat16 units, otherwise bfloat16."""
    old_gpu = torch.cuda.is_available() and torch.cuda.get_device_capability()[0] < 8
    return "float16" if old_gpu else "bfloat16"


def enable_amp(cfg: Config) -> None:
    """Apply `--amp`: mixed precision by the wrapper that works on this machine, also with the fast preset.

    A 16-bit type that the config names is kept.

    Args:
        cfg: The config; `optim_wrapper`, and `fast` if it is on, are changed in place.

    Raises:
        ValueError: The config's wrapper is neither upstream's plain one nor one with a precision.
    """
    wrapper = cfg.get("optim_wrapper")
    if wrapper is None:
        raise ValueError("--amp: the config has no optim_wrapper to train with")
    kind = wrapper.get("type", "OptimWrapper")
    if kind not in ("AmpOptimWrapper", "OptimWrapper", "AutocastOptimWrapper"):
        raise ValueError(
            f"--amp: optim_wrapper.type={kind!r} has no mixed precision:"
            " use OptimWrapper or AutocastOptimWrapper"
        )
    on_gpu = torch.cuda.is_available()
    if on_gpu and kind == "OptimWrapper":
        wrapper.type, wrapper.loss_scale = "AmpOptimWrapper", "dynamic"
    elif kind == "AutocastOptimWrapper" or not on_gpu:
        own = wrapper.get("dtype")
        wrapper.type, wrapper.dtype = "AutocastOptimWrapper", own if own in HALF else half_precision()
    switches = read_switches(cfg.get("fast"))
    if switches["autocast"] == "float32":
        cfg.fast = switches | {"autocast": "auto"}  # leaves the type to the wrapper


def build_runner(cfg: Config, together: EndingTogether | None = None) -> Runner:
    """Create the work directory, set up the process, join the others and build the config's Runner.

    Args:
        cfg: The config.
        together: Watches the other processes from the moment they have joined.
    """
    together = together or EndingTogether()
    check_work_dir(cfg.work_dir)
    prepare_processes(cfg)
    together.watch()
    if not torch.cuda.is_available():
        keep_freed_memory()
    with redirect_stdout(sys.stderr):  # the log's console handler keeps writing there
        runner = RUNNERS.build(cfg) if "runner_type" in cfg else Runner.from_cfg(cfg)
    quiet_logger(runner.logger)
    together.watch()  # with CUDA, the Runner joins the processes
    return runner


def main(argv: Sequence[str] | None = None) -> None:
    """Run the training of the command line.

    Args:
        argv: Arguments after the program's name; None stands for `sys.argv`.
    """
    args = read_arguments(train_parser(), argv)
    cfg, start = read_run(args)
    if args.amp:
        enable_amp(cfg)
    cfg.resume = args.resume or cfg.get("resume", False)
    require_data_folders(cfg, ("train_dataloader", "val_dataloader"))
    with EndingTogether() as together:
        runner = build_runner(cfg, together)
        if start is not None and not cfg.resume:
            model = unwrapped(runner.model)
            require_same_encoder(model.state_dict(), in_own_keys(model, start), cfg.load_from)
        del start
        with redirect_stdout(sys.stderr):  # MMEngine prints what it loads
            runner.train()
        del runner
        leave_processes()
    if os.environ.get("RANK", "0") == "0":
        for line in after_training(args.config, cfg.work_dir, bool(args.cfg_options or args.amp)):
            print(line)
