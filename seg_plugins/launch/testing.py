"""What test.py does: config, checkpoint, Runner, metrics file."""

import datetime
import os
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process

from seg_plugins.ops.unwrapping import unwrapped

from .atomic_files import write_json
from .checkpoint_file import load_state_dict, open_checkpoint, state_dict_of
from .command_line import test_parser
from .config_file import load_config
from .ending_together import EndingTogether
from .processes import leave_processes
from .training import build_runner

__all__ = ["enable_tta", "enable_visualization", "test"]


def enable_visualization(cfg: Config, show: bool, show_dir: str | None, wait_time: float) -> None:
    """`--show`, `--show-dir`: draw predictions.

    Args:
        cfg: The config, changed in place.
        show: Show each in a window.
        show_dir: Folder for the pictures.
        wait_time: Seconds that a window stays.

    Raises:
        ValueError: The config has no visualization hook.
    """
    hook = cfg.default_hooks.get("visualization")
    if hook is None:
        raise ValueError(
            "--show, --show-dir: default_hooks.visualization is missing:"
            " set dict(type='SegVisualizationHook')"
        )
    hook["draw"] = True
    if show:
        hook.update(show=True, wait_time=wait_time)
    if show_dir:
        cfg.visualizer["save_dir"] = show_dir


def enable_tta(cfg: Config) -> None:
    """`--tta`: the test pipeline and model of the config's `tta_pipeline` and `tta_model`.

    Raises:
        ValueError: The config lacks one of them.
    """
    from seg_plugins.models import tta_settings  # builds on this package

    pipeline, model = tta_settings(cfg)
    cfg.test_dataloader.dataset.pipeline = pipeline
    model.module = cfg.model
    cfg.model = model


def test(argv: Sequence[str] | None = None) -> None:
    """Test as the command line says, and write `metrics.json` into the work directory.

    Args:
        argv: Arguments after the program's name; None reads `sys.argv`.
    """
    args = test_parser().parse_args(argv)
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    cfg = load_config(args.config, args.cfg_options, args.work_dir, args.launcher)
    cfg.load_from = args.checkpoint
    weights = (
        None
        if "://" in args.checkpoint
        else state_dict_of(open_checkpoint(args.checkpoint, cfg.get("trust_checkpoint", False)))
    )
    if args.show or args.show_dir:
        enable_visualization(cfg, args.show, args.show_dir, args.wait_time)
    if args.tta:
        enable_tta(cfg)
    if args.out is not None:
        cfg.test_evaluator["output_dir"] = args.out
    with EndingTogether() as together:
        runner = build_runner(cfg, together)
        if weights is not None:
            model = unwrapped(runner.model)
            load_state_dict(model.module if args.tta else model, weights, args.checkpoint)
        metrics = runner.test()
        if is_main_process():
            target = Path(cfg.work_dir) / "metrics.json"
            write_json(
                target,
                {
                    "config": args.config,
                    "checkpoint": args.checkpoint,
                    "tta": args.tta,
                    "finished": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
                    "metrics": metrics,
                },
            )
            print(f"metrics: {target.resolve()}")
        leave_processes()
