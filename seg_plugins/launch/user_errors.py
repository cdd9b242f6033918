"""One message instead of a stack trace, for what a user can put right."""

import io
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import seg_plugins

from .suggestions import did_you_mean

__all__ = ["EXIT_USER_ERROR", "run_tool", "user_message"]

EXIT_USER_ERROR = 2
PACKAGE = str(Path(seg_plugins.__file__).parent)
USER_ERRORS = (ValueError, FileNotFoundError, PermissionError, NotADirectoryError, ImportError)
NOT_REGISTERED = re.compile(r"(\S+) is not in the (?:\S+::)?(\S+) registry")


def innermost_file(error: BaseException) -> str:
    """The source file that raised `error`, also where a loader worker raised it."""
    text = str(error)
    if "DataLoader worker process" in text:
        files = re.findall(r'File "([^"]+)", line', text)
        return files[-1] if files else ""
    frames = traceback.extract_tb(error.__traceback__)
    return frames[-1].filename if frames else ""


def own_words(error: BaseException) -> str:
    """The message of an error, without the stack trace that a loader worker puts around it."""
    text = str(error)
    if "DataLoader worker process" in text:
        _, _, text = text.rstrip().rpartition(f"\n{type(error).__name__}: ")
    return text


def user_message(error: BaseException) -> str | None:
    """What to tell the user, or None where the error is a fault of the program.

    Errors that this package raises on purpose, missing files and unregistered names are the user's.
    """
    found = NOT_REGISTERED.search(str(error)) if isinstance(error, KeyError) else None
    if found:
        from .type_names import registered_names

        name = found.group(1).strip("'\"")
        return (
            f"{name!r} is not in the registry of {found.group(2)}s.{did_you_mean(name, registered_names())}"
        )
    if not isinstance(error, USER_ERRORS) or getattr(error, "name", None):  # an import that Python refused
        return None
    if innermost_file(error).startswith(PACKAGE):
        return "\n".join([own_words(error), *getattr(error, "__notes__", ())])
    if isinstance(error, OSError):
        place = error.filename or own_words(error)
        return (
            f"{place}: {error.strerror or 'cannot be read'}. If this is a data set's folder: set `data_root`,"
            " or make it with tools/prepare_dataset.py"
        )
    return None


def print_anything() -> None:
    """Let names that the terminal's encoding lacks be printed as escapes, where they would be an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run_tool(main: Callable[[], int | None]) -> int:
    """Run a tool's main function and turn user errors into one message and exit code 2.

    Args:
        main: Does the work; its return value is the exit code (None is 0).

    Returns:
        The exit code.
    """
    print_anything()
    try:
        return main() or 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        message = user_message(error)
        if message is None:
            raise
        rank = f"[rank {os.environ['RANK']}] " if "RANK" in os.environ else ""
        print(f"{rank}error: {message}", file=sys.stderr)
        return EXIT_USER_ERROR
