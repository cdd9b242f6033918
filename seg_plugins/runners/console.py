"""Console output while a run starts."""

import importlib
import logging
import pickle
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import torch
from mmengine.device import get_device

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
    """Mixin of a Runner that logs environment, config and hooks, hundreds of lines, to the log file only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        with ExitStack() as self._preamble:
            super().__init__(*args, **kwargs)
        self.logger.info(
            f"{self.experiment_name}: torch {torch.__version__} on {get_device()}, {torch.get_num_threads()} "
            f"threads, seed {self.seed}. Environment and config: {self.log_dir}"
        )

    def _log_env(self, env_cfg: dict) -> None:
        for handler in self.logger.handlers:
            if isinstance(handler, logging.FileHandler):
                handler.handleError = stop_logging
        self._preamble.enter_context(off_console(self.logger))
        load_formatter()
        super()._log_env(env_cfg)
