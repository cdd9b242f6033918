"""Config reading for commands, with every class of the package registered.

Older configs name the package differently, or do not name it.
"""

import argparse
import os

from mmengine.config import Config
from torch import Tensor

import seg_plugins.register  # noqa: F401
from seg_plugins.checkpoints.downloads import is_address
from seg_plugins.checkpoints.fitting import open_checkpoint
from seg_plugins.checkpoints.weight_names import state_dict_of
from seg_plugins.config.reading import check_work_dir, load_config, read_config
from seg_plugins.models import is_exported

__all__ = ["check_work_dir", "load_config", "read_config", "read_run"]


def read_run(args: argparse.Namespace) -> tuple[Config, dict[str, Tensor] | None]:
    """Read the config of train.py and test.py, and the weights of a local `load_from`.

    Args:
        args: Arguments of `train_parser` or `test_parser`; the checkpoint of a test becomes `load_from`.

    Returns:
        The config, and the weights; None without `load_from`, or if it is an address or an exported file.

    Raises:
        FileNotFoundError: The config or the checkpoint does not exist.
        ValueError: One of them is damaged, or an override has no effect.
    """
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    cfg = load_config(args.config, args.cfg_options, args.work_dir, args.launcher)
    cfg.load_from = getattr(args, "checkpoint", cfg.get("load_from"))
    exported = is_exported(getattr(args, "checkpoint", None))
    if not isinstance(cfg.load_from, str) or is_address(cfg.load_from) or exported:
        return cfg, None
    return cfg, state_dict_of(open_checkpoint(cfg.load_from, cfg.get("trust_checkpoint", False)))
