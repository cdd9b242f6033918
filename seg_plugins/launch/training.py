"""What train.py does: config, processes, Runner."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmseg.registry import RUNNERS

from seg_plugins.ops.unwrapping import unwrapped

from .checkpoint_file import open_checkpoint, require_kinship, state_dict_of
from .command_line import train_parser
from .config_file import check_work_dir, load_config
from .processes import keep_freed_memory, leave_processes, prepare_processes

__all__ = ["build_runner", "enable_amp", "train"]


def enable_amp(cfg: Config) -> None:
    """`--amp`: mixed precision by the wrapper that works on this machine.

    Args:
        cfg: The config; `optim_wrapper` is changed in place.

    Raises:
        ValueError: The config's wrapper is neither upstream's plain one nor one that knows precision.
    """
    wrapper = cfg.optim_wrapper
    kind = wrapper.get("type", "OptimWrapper")
    if kind == "AmpOptimWrapper":
        return
    if kind not in ("OptimWrapper", "AutocastOptimWrapper"):
        raise ValueError(
            f"--amp: optim_wrapper.type={kind!r} has no mixed precision:"
            " use OptimWrapper or AutocastOptimWrapper"
        )
    if torch.cuda.is_available() and kind == "OptimWrapper":
        wrapper.type, wrapper.loss_scale = "AmpOptimWrapper", "dynamic"
    else:
        wrapper.type, wrapper.dtype = "AutocastOptimWrapper", "bfloat16"


def build_runner(cfg: Config) -> Runner:
    """Make the work directory, set up the process, join the others and build the config's Runner."""
    check_work_dir(cfg.work_dir)
    prepare_processes(cfg)
    if not torch.cuda.is_available():
        keep_freed_memory()
    return RUNNERS.build(cfg) if "runner_type" in cfg else Runner.from_cfg(cfg)


def train(argv: Sequence[str] | None = None) -> None:
    """Train as the command line says.

    Args:
        argv: Arguments after the program's name; None reads `sys.argv`.
    """
    args = train_parser().parse_args(argv)
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    cfg = load_config(args.config, args.cfg_options, args.work_dir, args.launcher)
    if args.amp:
        enable_amp(cfg)
    cfg.resume = args.resume or cfg.get("resume", False)
    local = isinstance(cfg.get("load_from"), str) and "://" not in cfg.load_from
    start = None
    if local:
        start = state_dict_of(open_checkpoint(cfg.load_from, cfg.get("trust_checkpoint", False)))
    runner = build_runner(cfg)
    if start is not None and not cfg.resume:
        model = unwrapped(runner.model)
        require_kinship(model.state_dict(), start, cfg.load_from)
    del start
    runner.train()
    leave_processes()
    if os.environ.get("RANK", "0") == "0":
        print(f"work directory: {Path(cfg.work_dir).resolve()}")
