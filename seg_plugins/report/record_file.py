"""The file of an evaluation for comparisons, and its path. Loads no torch."""

from pathlib import Path

from seg_plugins.config.tool_command import tool_command

__all__ = ["RECORD_NAME", "find_record"]

RECORD_NAME = "record.npz"


def find_record(path: str | Path) -> Path:
    """Return the record that a path stands for.

    Args:
        path: The file, the report folder it lies in, or the work directory of the run.

    Raises:
        FileNotFoundError: If there is no record; the message tells how to make it.
    """
    path = Path(path)
    places = [path] if path.is_file() else [path / RECORD_NAME, path / "report" / RECORD_NAME]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        where = f"no {RECORD_NAME} here or in its report/ folder" if path.is_dir() else "no such folder"
        raise FileNotFoundError(
            f"{path}: {where}; make it with `{tool_command('test', 'CONFIG', 'CHECKPOINT')}`"
        )
    return found
