"""The first step of every tool: Ctrl+C and a broken OpenCV end in a message, not in a traceback."""

import os
import sys
from types import TracebackType

__all__ = ["check_opencv", "end_in_words"]


def end_in_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Show an uncaught error; an interruption while the tool loads is shown as one word."""
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
    elif issubclass(kind, BrokenPipeError):  # the reader of the output, such as `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    else:
        sys.__excepthook__(kind, error, trace)


def check_opencv() -> None:
    """Import cv2.

    Raises:
        SystemExit: OpenCV does not load; the message names the missing package, and the exit code is 2.
    """
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        message = (
            f"error: OpenCV does not load: {error}\n"
            "On a machine without a display install either the system's OpenGL library\n"
            "  apt-get install libgl1 libglib2.0-0   (Fedora: dnf install mesa-libGL)\n"
            "or, without root, the build of OpenCV that does not need it:\n"
            "  pip uninstall -y opencv-python && pip install opencv-python-headless"
        )
        print(message, file=sys.stderr)
        raise SystemExit(2) from None
