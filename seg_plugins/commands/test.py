"""The tool test.py: config, checkpoint, Runner, metrics file."""

import copy
import datetime
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner
from mmseg.datasets.transforms import LoadAnnotations
from torch.utils.data import Dataset

from seg_plugins.checkpoints.fitting import load_state_dict
from seg_plugins.datasets.data_folders import require_data_folders
from seg_plugins.files.atomic import write_json
from seg_plugins.models import is_exported, read_exported, tta_settings, use_exported
from seg_plugins.models.deployed_config import deployed_config
from seg_plugins.ops.unwrapping import unwrapped
from seg_plugins.runners.processes import leave_processes

from .command_line import read_arguments, test_parser
from .configs import read_run
from .ending_together import EndingTogether
from .next_steps import after_test
from .train import build_runner

__all__ = ["enable_tta", "enable_visualization", "main"]


def enable_visualization(cfg: Config, show: bool, show_dir: str | None, wait_time: float) -> None:
    """Apply `--show` and `--show-dir`, which draw predictions.

    Args:
        cfg: The config, changed in place.
        show: Show each prediction in a window.
        show_dir: Folder for the pictures.
        wait_time: Seconds that a window stays open.

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
    """Apply `--tta`: use the config's `tta_pipeline` and `tta_model`.

    Raises:
        ValueError: The config lacks one of them.
    """
    pipeline, model = tta_settings(cfg)
    cfg.test_dataloader.dataset.pipeline = pipeline
    model.module = cfg.model
    cfg.model = model


def drop_empty_prefixes(part: Any) -> None:
    """Remove `None` from every `data_prefix` below a part of a config: it stands for no folder."""
    if isinstance(part, list | tuple):
        for member in part:
            drop_empty_prefixes(member)
    elif isinstance(part, dict):
        if isinstance(prefixes := part.get("data_prefix"), dict):
            for key in [key for key, value in prefixes.items() if value is None]:
                del prefixes[key]
        for key in ("dataset", "datasets"):
            drop_empty_prefixes(part.get(key))


def has_labels(dataset: Dataset) -> bool:
    """Test whether the first image of each data set of upstream's kind has a label."""
    parts = [part for part in getattr(dataset, "datasets", [dataset]) if len(part)]
    entries = [part.get_data_info(0) for part in parts if hasattr(part, "get_data_info")]
    return not entries or any(entry.get("seg_map_path") is not None for entry in entries)


def measure_nothing(runner: Runner) -> None:
    """Test without metrics and without reading labels, which do not exist."""
    loop = runner.test_loop
    loop.evaluator = runner.build_evaluator([])
    loop.evaluator.dataset_meta = loop.dataloader.dataset.metainfo
    for part in getattr(loop.dataloader.dataset, "datasets", [loop.dataloader.dataset]):
        take_out(part.pipeline, LoadAnnotations)
    runner.logger.warning("the test images have no labels: predictions are written, but no metrics")


def take_out(pipeline: Any, kind: type) -> None:
    """Remove the transforms of one of upstream's classes from a pipeline and those inside it."""
    if hasattr(pipeline, "transforms"):
        pipeline.transforms = [t for t in pipeline.transforms if type(t) is not kind]
    for inner in (*getattr(pipeline, "transforms", ()), *getattr(pipeline, "subroutines", ())):
        take_out(inner, kind)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the test of the command line, and write `metrics.json` into the work directory.

    Args:
        argv: Arguments after the program's name; None stands for `sys.argv`.
    """
    args = read_arguments(test_parser(), argv)
    cfg, weights = read_run(args)
    exported = None
    if is_exported(args.checkpoint):
        exported, cfg.load_from = read_exported(args.checkpoint), None
        cfg, _ = deployed_config(cfg)
    plain = copy.deepcopy(cfg)
    if args.show or args.show_dir:
        enable_visualization(cfg, args.show, args.show_dir, args.wait_time)
    if args.tta:
        enable_tta(cfg)
    if args.out is not None:
        hook = dict(type="mmseg.LabelMapHook", out_dir=args.out)
        cfg.custom_hooks = [*(cfg.get("custom_hooks") or []), hook]
    drop_empty_prefixes(cfg.get("test_dataloader"))
    require_data_folders(cfg, ("test_dataloader",))
    with EndingTogether() as together:
        runner = build_runner(cfg, together)
        model = unwrapped(runner.model)
        model = model.module if args.tta else model
        if exported is not None:
            use_exported(model, exported, plain)
        elif weights is not None:
            load_state_dict(model, weights, args.checkpoint)
        loader = getattr(runner.test_loop, "dataloader", None)
        if loader is not None and not has_labels(loader.dataset):
            if not (args.out or args.show or args.show_dir):
                raise ValueError(
                    f"{args.config}: the test images have no labels, so no metric can be computed: write the "
                    "predictions with --out DIR, or set test_dataloader.dataset.data_prefix.seg_map_path"
                )
            measure_nothing(runner)
        with redirect_stdout(sys.stderr):  # MMEngine prints what it loads
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
            for line in after_test(args.config, args.checkpoint, cfg.work_dir):
                print(line)
        del runner
        leave_processes()
