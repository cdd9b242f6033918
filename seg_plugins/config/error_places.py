"""The place where an error was raised: the user's own code, this package, or a library."""

import io
import re
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path

from seg_plugins.files import package

__all__ = [
    "PACKAGE",
    "Place",
    "cause_of",
    "file_being_written",
    "own_words",
    "places_of",
    "raised_here",
    "user_places",
]

PACKAGE = str(package.PACKAGE)
TOOLS = (str(Path(PACKAGE).parent / "tools"), str(Path(PACKAGE) / ".mim"))
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')
IN_WORKER = "DataLoader worker process"


@dataclass(frozen=True)
class Place:
    """A line of code that an error passed through.

    Attributes:
        file: Path of the file.
        line: Line number.
        function: Name of the enclosing function.
    """

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        path = Path(self.file)
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        inside = "" if self.function.startswith("<") else f", in {self.function}"
        return f"{shown}:{self.line}{inside}"

    @property
    def is_users(self) -> bool:
        """Whether the line belongs to neither a library nor this package."""
        known = (*LIBRARIES, PACKAGE, *TOOLS)
        return not self.file.startswith(("<", *known)) and Path(self.file).is_file()


def places_of(error: BaseException) -> list[Place]:
    """Return the lines that `error` passed through, innermost last, those in a loader worker included."""
    text = str(error)
    if IN_WORKER in text:
        return [Place(file, int(line), name) for file, line, name in FRAME.findall(text)]
    frames = traceback.extract_tb(error.__traceback__)
    return [Place(frame.filename, frame.lineno or 0, frame.name) for frame in frames]


def raised_here(error: BaseException) -> bool:
    """Return whether a line of this package raised `error`."""
    places = places_of(error)
    return bool(places) and places[-1].file.startswith(PACKAGE)


def user_places(error: BaseException) -> list[Place]:
    """Return the lines of the user's own code, innermost first; empty if this package raised `error`."""
    found: list[Place] = []
    for place in reversed(places_of(error)):
        if place.file.startswith(PACKAGE):
            break
        if place.is_users:
            found.append(place)
    return found


def own_words(error: BaseException) -> str:
    """Return the message of an error without the stack trace that a loader worker wraps around it."""
    text = str(error)
    if IN_WORKER in text:
        _, _, text = text.rstrip().rpartition(f"\n{type(error).__name__}: ")
    return text


def first_cause(error: BaseException) -> BaseException:
    """Return the original error, which MMEngine's config reader hides behind one of its own."""
    before = error.__cause__ or error.__context__
    places = places_of(error)
    if before is None or not places or "mmengine" not in Path(places[-1].file).parts:
        return error
    return first_cause(before)


def file_being_read(error: BaseException) -> str | None:
    """Return the config file that MMEngine was reading, or None."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    named = [
        f.f_locals.get("filename") for f in frames if f.f_code.co_name in ("_file2dict", "_is_lazy_import")
    ]
    return str(named[-1]) if named else None


def file_being_written(error: BaseException) -> str | None:
    """Return the file being written at the innermost line with an open one; OSError does not name it."""
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        for value in frame.f_locals.values():
            file = getattr(value, "stream", value)
            if isinstance(file, io.IOBase) and isinstance(getattr(file, "name", None), str):
                return file.name
    return None


def cause_of(error: BaseException) -> str:
    """Say why a config, or a module that it imports, cannot be read: file, line and the error's message."""
    cause = first_cause(error)
    if isinstance(cause, SyntaxError):
        readable = cause.filename and Path(cause.filename).is_file()
        place = f"{cause.filename if readable else file_being_read(error)}:{cause.lineno}: "
        return f"{place}{type(cause).__name__}: {cause.msg}"
    places = user_places(cause)
    words = f"{type(cause).__name__}: {' '.join(str(cause).split())}".rstrip(": ")
    if type(cause) is ValueError and raised_here(cause):
        return str(cause)
    if places:
        return f"{places[0]}: {words}"
    if isinstance(cause, ModuleNotFoundError):
        return f"{words}. A package of your own must be in a folder of PYTHONPATH"
    return words
