"""Runs that survive being killed: checkpoints, exact resume, signals, one run per work directory."""

from .checkpoint_file import damage, find_whole, write_checkpoint
from .safe_loading import read_checkpoint, use_safe_loading
from .seg_runner import SegRunner
from .stop_signals import EXIT_RESUMABLE, RunStopped
from .work_dir_lock import WorkDirLock

__all__ = [
    "EXIT_RESUMABLE",
    "RunStopped",
    "SegRunner",
    "WorkDirLock",
    "damage",
    "find_whole",
    "read_checkpoint",
    "use_safe_loading",
    "write_checkpoint",
]
