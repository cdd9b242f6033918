"""Runs that survive being killed: checkpoints, exact resume, signals, one run per work directory.

For schedulers: SIGTERM, SIGINT, SIGUSR1 and SIGUSR2, sent to the training process or to its whole group, save
the run after the current step (in a distributed run one step later, on all ranks at once). The process then
exits with 85 (``EXIT_RESUMABLE``), and the same command with ``--resume`` continues. ``--resume`` may be
given from the first start: a run without checkpoints starts from the beginning and says so. Exit code 0 is a
finished run; any other code is a failure that a restart does not cure.
"""

from .seg_runner import SegRunner
from .stop_signals import EXIT_RESUMABLE, RunStopped
from .work_dir_lock import WorkDirLock

__all__ = ["EXIT_RESUMABLE", "RunStopped", "SegRunner", "WorkDirLock"]
