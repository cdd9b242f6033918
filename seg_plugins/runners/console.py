"""Console output while a run starts."""

import importlib
import logging
import pickle
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn

import torch
from mmengine.device import get_device
from mmengine.runner import Runner

__all__ = ["QuietStart", "load_formatter", "off_console"]

PAUSES_S = (0.1, 0.3, 1.0, 3.0)


def load_formatter() -> None:
    """Import yapf, which MMEngine uses to format the config, while other processes may write yapf's cache.

    On its first use on a machine, yapf writes a file into the user's cache under its final name before it is
    complete. Another rank, or another job with the same home, may then read half of it.

    Raises:
        EOFError: The file remains damaged; its folder is YAPF in the user's cache.
    """
    for pause in PAUSES_S:
        try:
            importlib.import_module("yapf")
            return
        except (EOFError, pickle.UnpicklingError):
            time.sleep(pause)
    importlib.import_module("yapf")


@contextmanager
def off_console(logger: logging.Logger) -> Iterator[None]:
    """Log to files but not to the console within the block, except for warnings.

    A console of level DEBUG is not changed.

    Args:
        logger: Logger whose handlers are changed and then restored.
    """
    handlers = [h for h in logger.handlers if not isinstance(h, logging.FileHandler)]
    levels = [handler.level for handler in handlers]
    for handler in handlers:
        if handler.level > logging.DEBUG:
            handler.setLevel(max(handler.level, logging.WARNING))
    try:
        yield
    finally:
        for handler, level in zip(handlers, levels, strict=True):
            handler.setLevel(level)


def stop_logging(record: logging.LogRecord) -> NoReturn:
    """Raise the error that keeps a log file from being written, instead of a stack trace for every line.

    Raises:
        OSError: For example, the disk is full.
    """
    raise  # the error that `logging` is handling


class QuietStart:
    """Block in which environment, config and hooks, hundreds of lines, go to the log file only."""

    def __enter__(self) -> "QuietStart":
        self._levels = ExitStack()
        return self

    def __exit__(self, *_: object) -> None:
        self._levels.close()

    def begin(self, logger: logging.Logger) -> None:
        """Keep what is logged from here to the end of the block out of the console.

        Args:
            logger: The run's. A log file that cannot be written ends the run.
        """
        for handler in logger.handlers:
            if isinstance(handler, logging.FileHandler):
                handler.handleError = stop_logging
        self._levels.enter_context(off_console(logger))
        load_formatter()

    @staticmethod
    def sum_up(runner: Runner) -> None:
        """Log one line in the place of all that."""
        runner.logger.info(
            f"{runner.experiment_name}: torch {torch.__version__} on {get_device()}, "
            f"{torch.get_num_threads()} threads, seed {runner.seed}. Environment and config: {runner.log_dir}"
        )
