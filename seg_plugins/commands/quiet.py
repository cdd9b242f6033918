"""The one place that keeps upstream's noise from the console: what it says here concerns no user.

Only sentences of upstream that are known by their words are kept back. All others, and errors, are shown.
"""

import io
import logging
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

__all__ = ["NOISE", "QuietStream", "drop_noise", "quiet_logger", "quiet_output", "quiet_warnings"]

NOISE = (
    "Could not import OneDL",
    "Fail to import ``MultiScaleDeformableAttention``",
    "For binary segmentation, we suggest using",
    "Default ``avg_non_ignore`` is False",
    "The draw is False, it means that the",
    "When align_corners=True, the output would more aligned",
    '"FileClient" will be deprecated in future',
    '"HardDiskBackend" is the alias of "LocalBackend"',
    "The prefix is not set in metric class",
    "Distributed training is not used, all SyncBatchNorm",
    "Grad strides do not match bucket view strides",
    "`torch.jit",
    "`reduce_zero_label` will be deprecated",
    "The shape of value will convert",
    "Detected call of `scheduler.step",
)
KNOWN = re.compile("|".join(map(re.escape, NOISE)))


def quiet_warnings() -> None:
    """Keep back the known ones among Python's warnings, whatever `-W` says of all others."""
    for sentence in NOISE:
        warnings.filterwarnings("ignore", message=re.escape(sentence))


def drop_noise(record: logging.LogRecord) -> bool:
    """Whether a line of the log is shown: a filter for a logging handler."""
    return record.levelno > logging.WARNING or KNOWN.match(record.getMessage()) is None


def quiet_logger(logger: logging.Logger) -> None:
    """Keep the known lines out of the console; log files get all of them."""
    for handler in logger.handlers:
        if not isinstance(handler, logging.FileHandler) and drop_noise not in handler.filters:
            handler.addFilter(drop_noise)


class QuietStream(io.TextIOBase):
    """A text stream that hands on whole lines, the known ones excepted.

    Args:
        stream: Where the lines go.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.rest = ""

    def write(self, text: str) -> int:
        """Take text; each line that it ends is handed on or dropped."""
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            if not KNOWN.match(line):
                self.stream.write(f"{line}\n")
        return len(text)

    def close(self) -> None:
        """Hand on what no line end followed."""
        if self.rest:
            self.stream.write(self.rest)
        super().close()


@contextmanager
def quiet_output() -> Iterator[None]:
    """Lead stdout to stderr meanwhile, the known lines excepted: MMSegmentation prints while it loads."""
    stream = QuietStream(sys.stderr)
    try:
        with redirect_stdout(stream):
            yield
    finally:
        stream.close()
