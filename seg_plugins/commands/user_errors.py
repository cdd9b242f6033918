"""One message instead of a traceback for errors that a user can correct."""

import errno
import io
import os
import re
import sys
import traceback
from collections.abc import Callable

from seg_plugins.config.error_places import file_being_written, own_words, places_of, raised_here, user_places
from seg_plugins.config.exit_codes import EXIT_USER_ERROR
from seg_plugins.config.suggestions import did_you_mean
from seg_plugins.config.tool_command import tool_command

__all__ = ["EXIT_USER_ERROR", "run_tool", "user_message"]

USER_ERRORS = (ValueError, OSError, ImportError)
NOT_REGISTERED = re.compile(r"(\S+) is not in the (?:\S+::)?(\S+) registry")
WRONG_ARGUMENT = re.compile(r"got an unexpected keyword argument|missing \d+ required")
CONFIG_ERRORS = (ValueError, TypeError, KeyError, AttributeError, RuntimeError)
CONFIG = os.path.join("mmengine", "config", "config.py")
MISSING = re.compile(r"(?:^|has no attribute )'(\w+)'$")
RUNNER = os.path.join("mmengine", "runner", "runner.py")
RUNNER_READS = re.compile(r"__init__|from_cfg|build_|_build_|register_hook")
LONGEST = 300
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def unregistered(error: KeyError) -> str | None:
    """Describe a name that no registry knows."""
    found = NOT_REGISTERED.search(str(error))
    if found is None:
        return None
    from seg_plugins.config.type_names import registered_names

    name = found.group(1).strip("'\"")
    return f"{name!r} is not in the registry of {found.group(2)}s.{did_you_mean(name, registered_names())}"


def failed_logger(error: BaseException) -> str | None:
    """Describe a logger of the run (TensorBoard, MLflow, ...) that does not start."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "_init_env" and "self" in frame.f_locals:
            name = type(frame.f_locals["self"]).__name__
            return (
                f"{name} cannot start: {type(error).__name__}: {error}. Install or set up what it needs, or "
                "remove it from visualizer.vis_backends"
            )
    return None


def wrong_config(error: BaseException) -> str | None:
    """Describe a config with an argument that its class does not accept, or that Runner refuses."""
    places = places_of(error)
    names = {place.function for place in places}
    last = places[-1] if places else None
    missing = last is not None and last.file.endswith(CONFIG) and MISSING.search(str(error))
    by_runner = last is not None and last.file.endswith(RUNNER) and RUNNER_READS.match(last.function)
    refused_value = isinstance(error, ValueError) and last is not None and last.function == "__init__"
    by_class = "build_from_cfg" in names and (refused_value or WRONG_ARGUMENT.search(str(error)))
    if not (missing or by_runner or by_class):
        return None
    from mmengine.config import Config

    configs = [frame.f_locals.get("cfg") for frame, _ in traceback.walk_tb(error.__traceback__)]
    file = next((f" {cfg.filename}" for cfg in configs if isinstance(cfg, Config) and cfg.filename), "")
    words = f"there is no {missing.group(1)!r}" if missing else own_words(error)
    return f"the config{file}: {words if len(words) < LONGEST else words[:LONGEST] + ' ...'}"


def unusable_file(error: OSError) -> str:
    """Describe a file that cannot be read or written."""
    place = error.filename or file_being_written(error) or own_words(error)
    reason = error.strerror or "cannot be read"
    words = place if reason in str(place) else f"{place}: {reason}"
    if error.errno in NO_ROOM:
        return f"{words}. Free some space there, or write to another folder"
    if error.errno == errno.EROFS:
        return f"{words}. Write to another folder"
    return (
        f"{words}. If this is a data set's folder: set `data_root`, or prepare it with "
        f"`{tool_command('prepare_dataset')}`"
    )


def user_message(error: BaseException) -> str | None:
    """Return the message for the user, or None if the error is a fault of the program.

    The user's errors are those that this package raises on purpose, files that cannot be read or written,
    unknown names and arguments, loggers that do not start, and errors in the user's own code.
    """
    message = failed_logger(error)
    if message is None and isinstance(error, KeyError):
        message = unregistered(error)
    if message is not None:
        return message
    refused_import = bool(getattr(error, "name", None))  # raised by Python, not by this package
    if isinstance(error, USER_ERRORS) and raised_here(error) and not refused_import:
        return "\n".join([own_words(error), *getattr(error, "__notes__", ())])
    if places := user_places(error):
        first, *others = places
        callers = "".join(f"\n  called from {place}" for place in others)
        return f"{first}: {type(error).__name__}: {own_words(error)}{callers}"
    if isinstance(error, OSError):
        return unusable_file(error)
    return wrong_config(error) if isinstance(error, CONFIG_ERRORS) else None


def print_anything() -> None:
    """Print characters that the terminal's encoding lacks as escapes, instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run_tool(main: Callable[[], int | None]) -> int:
    """Run a tool's main function and turn user errors into one message and exit code 2.

    Args:
        main: Function that does the work; its return value is the exit code (None is 0).

    Returns:
        The exit code.
    """
    print_anything()
    try:
        return main() or 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of the output, such as `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        message = user_message(error)
        if message is None:
            raise
        rank = f"[rank {os.environ['RANK']}] " if "RANK" in os.environ else ""
        print(f"{rank}error: {message}", file=sys.stderr)
        return EXIT_USER_ERROR
