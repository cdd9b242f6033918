"""Reading a config for a run: the file, the command line's overrides, the work directory."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config

import seg_plugins
from seg_plugins.runners.safe_files import use_safe_files

from .option_keys import check_option_keys
from .suggestions import close_names, did_you_mean
from .type_names import check_type_names

__all__ = ["check_work_dir", "load_config", "read_config"]


def config_roots(path: Path) -> Iterator[Path]:
    """Folders that may hold the config that was meant: around `path`, here, beside and inside the package."""
    yield path.parent
    yield from (parent for parent in path.parents if parent.name == "configs")
    yield Path("configs")
    package = Path(seg_plugins.__file__).parent
    yield package.parent / "configs"
    yield package / ".mim" / "configs"


def near_configs(path: Path) -> list[Path]:
    """Existing configs whose file name is like that of `path`, best first, at most three."""
    for root in config_roots(path):
        files = root.glob("*.py") if root == path.parent else root.rglob("*.py")
        found = {p.stem: p for p in sorted(files, reverse=True) if "_base_" not in p.parts}
        if close := close_names(path.stem, found):
            return [found[name] for name in close]
    return []


def read_config(path: str | Path) -> Config:
    """Read a config file.

    Args:
        path: A config file (`.py`, `.json`, `.yaml`).

    Raises:
        FileNotFoundError: The file does not exist; the message shows near misses.
        ValueError: The file cannot be parsed, or something that it imports or inherits from is missing.
    """
    path = Path(path)
    if not path.is_file():
        near = "".join(f"\n  {p}" for p in near_configs(path))
        hint = f" Did you mean:{near}" if near else " Configs lie in configs/<algorithm>/."
        raise FileNotFoundError(f"config {path}: there is no such file.{hint}")
    use_safe_files()
    try:
        return Config.fromfile(path)
    except FileNotFoundError as error:
        missing = Path(os.path.normpath(error.filename or path))
        hint = did_you_mean(missing.name, [file.name for file in missing.parent.glob("*.py")])
        raise ValueError(f"config {path} cannot be read: {missing} does not exist.{hint}") from error
    except Exception as error:  # a config is Python code: anything can go wrong in it
        raise ValueError(f"config {path} cannot be read: {type(error).__name__}: {error}") from error


def load_config(
    path: str | Path, options: dict | None = None, work_dir: str | None = None, launcher: str = "none"
) -> Config:
    """Read a config, apply the command line to it and check its names, as upstream's tools order it.

    Args:
        path: The config file.
        options: `--cfg-options`, dotted keys to values.
        work_dir: `--work-dir`; it wins over the config's own, the default is `work_dirs/<config name>`.
        launcher: `--launcher`.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: The config is broken, an override names no existing key, or a `type` is not registered.
    """
    cfg = read_config(path)
    cfg.launcher = launcher
    if options:
        check_option_keys(cfg, options)
        try:
            cfg.merge_from_dict(options)
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"--cfg-options {' '.join(options)}: {error}") from error
    if work_dir is not None:
        cfg.work_dir = work_dir
    elif cfg.get("work_dir") is None:
        cfg.work_dir = str(Path("work_dirs") / Path(path).stem)
    check_type_names(cfg, str(path))
    return cfg


def check_work_dir(path: str | Path, option: str = "--work-dir") -> None:
    """Make the work directory and write one file in it, so that a run does not fail at its first save.

    Args:
        path: The directory.
        option: What the message says to change.

    Raises:
        ValueError: Nothing can be written there.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValueError(
            f"work_dir {path} is not writable ({reason}): pass another one with {option}"
        ) from error
