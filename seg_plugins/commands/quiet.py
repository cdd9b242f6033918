"""The only place that hides upstream's irrelevant messages from the console.

Only known sentences of upstream are hidden. All others, and errors, are shown.
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
    '"dropout" is deprecated in `FFN',
    "``build_pixel_sampler`` would be deprecated",
    "In MMCV v1.4.4, we modified the default",
    "threshold is not defined for binary",
)
KNOWN = re.compile("|".join(map(re.escape, NOISE)))


def quiet_warnings() -> None:
    """Hide the known sentences among Python's warnings, independently of what `-W` sets for others."""
    for sentence in NOISE:
        warnings.filterwarnings("ignore", message=re.escape(sentence))


def drop_noise(record: logging.LogRecord) -> bool:
    """Test whether a line of the log is shown: a filter for a logging handler."""
    return record.levelno > logging.WARNING or KNOWN.match(record.getMessage()) is None


def quiet_logger(logger: logging.Logger) -> None:
    """Hide the known lines from the console; log files receive all lines."""
    for handler in logger.handlers:
        if not isinstance(handler, logging.FileHandler) and drop_noise not in handler.filters:
            handler.addFilter(drop_noise)


class QuietStream(io.TextIOBase):
    """A text stream that passes complete lines on, except for the known ones.

    Args:
        stream: The stream that receives the lines.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.rest = ""

    def write(self, text: str) -> int:
        """Buffer text; each completed line is passed on or dropped."""
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            if not KNOWN.match(line):
                self.stream.write(f"{line}\n")
        return len(text)

    def close(self) -> None:
        """Pass on the last line if it has no line end."""
        if self.rest:
            self.stream.write(self.rest)
        super().close()


@contextmanager
def quiet_output() -> Iterator[None]:
    """Redirect stdout to stderr, without the known lines: MMSegmentation prints while it loads."""
    stream = QuietStream(sys.stderr)
    try:
        with redirect_stdout(stream):
            yield
    finally:
        stream.close()
