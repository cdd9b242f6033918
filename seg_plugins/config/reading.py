"""Reading of a config for a run: the file, the command line's overrides, the work directory."""

import errno
import os
import sys
import tempfile
from collections.abc import Mapping
from itertools import starmap
from pathlib import Path
from typing import Any

import mmengine
from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from seg_plugins.files.safe_files import safe_files

from .error_places import cause_of, user_places
from .finding import find_config
from .option_keys import assignment, check_option_keys, fitting_number, value_text, without_effect
from .suggestions import did_you_mean
from .type_names import check_type_names
from .variables import merge_options, reset_variables

__all__ = ["apply_options", "check_work_dir", "file_config", "load_config", "read_config"]

NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)
SUFFIXES = (".py", ".json", ".yaml", ".yml")


@safe_files()
def file_config(path: str | Path, import_modules: bool = True) -> Config:
    """Read a config file without any override.

    Args:
        path: A config file (`.py`, `.json`, `.yaml`), or its name, see `find_config`.
        import_modules: Import the modules that its `custom_imports` name.

    Raises:
        FileNotFoundError: The file does not exist; the message shows similar names.
        ValueError: The file cannot be parsed, or something that it imports or inherits from is missing.
    """
    path = find_config(path)
    if path.suffix not in SUFFIXES:
        raise ValueError(f"config {path} is not a config: its name has to end in {', '.join(SUFFIXES)}")
    try:
        if path.suffix != ".py" and not isinstance(mmengine.load(str(path)), dict):
            raise ValueError("a config has to be a dictionary")
        return Config.fromfile(path, import_custom_modules=import_modules)
    except RecursionError:
        raise ValueError(f"config {path} cannot be read: its `_base_` leads back to the same file") from None
    except Exception as error:  # a config is Python code: anything can go wrong in it
        if isinstance(error, FileNotFoundError) and not user_places(error):
            missing = Path(os.path.normpath(error.filename or path))
            hint = did_you_mean(missing.name, [file.name for file in missing.parent.glob("*.py")])
            raise ValueError(f"config {path} cannot be read: {missing} does not exist.{hint}") from error
        if isinstance(error, OSError) and error.errno in NOT_WRITABLE and not user_places(error):
            raise ValueError(
                f"config {path} cannot be read: MMEngine copies it to {tempfile.gettempdir()}, which is not "
                f"writable ({error.strerror}). Free space there, or set TMPDIR to another folder"
            ) from error
        raise ValueError(f"config {path} cannot be read: {cause_of(error)}") from error


def tell(text: str) -> None:
    """Print a line about the config, once for all processes of a run."""
    if os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0")) == "0":
        print(text, file=sys.stderr)


@safe_files()
def apply_options(cfg: Config, options: Mapping[str, Any]) -> Config:
    """Check `--cfg-options` and merge them into a config; print what a variable changed besides itself.

    Args:
        cfg: The config as read from its file.
        options: Dotted keys and values.

    Returns:
        A new config.

    Raises:
        ValueError: A key names nothing, has no effect, or does not fit its value.
    """
    check_option_keys(cfg, options)
    options = {key: fitting_number(cfg, key, value) for key, value in options.items()}
    try:
        merged, variables = merge_options(cfg, options)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"--cfg-options {' '.join(options)}: {error}") from error
    for name, found in variables.items():
        if found:
            tell(f"--cfg-options {name} sets {', '.join(starmap(value_text, found.items()))}")
        elif merged[name] != cfg[name]:
            tell(without_effect(cfg, name, options))
    if any(key.split(".")[0] == "custom_imports" for key in options):
        try:
            import_modules_from_strings(**merged.custom_imports)
        except Exception as error:
            raise ValueError(f"--cfg-options custom_imports: {cause_of(error)}") from error
    return merged


@safe_files()
def read_config(path: str | Path, options: Mapping[str, Any] | None = None) -> Config:
    """Read a config and apply `--cfg-options`, in the same way for every tool.

    Args:
        path: The config file.
        options: Dotted keys and values.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: The config is broken, or an override has no effect.
    """
    cfg = file_config(path)
    for name, keys in reset_variables(cfg):
        tell(
            f"warning: config {path}: {name} has no effect on {', '.join(keys)}: a base built that from its "
            f"own {name}. Set that too, as in {assignment(keys[0], name)}"
        )
    return apply_options(cfg, options) if options else cfg


def load_config(
    path: str | Path,
    options: Mapping[str, Any] | None = None,
    work_dir: str | None = None,
    launcher: str = "none",
) -> Config:
    """Read a config, apply the command line to it and check its names, in the order of upstream's tools.

    Args:
        path: The config file.
        options: `--cfg-options`, dotted keys and values.
        work_dir: `--work-dir`; it overrides the config's own. The default is `work_dirs/<config name>`.
        launcher: `--launcher`.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: The config is broken, an override names no existing key, or a `type` is not registered.
    """
    cfg = read_config(path, options)
    cfg.launcher = (options or {}).get("launcher", launcher)
    if work_dir is not None:
        cfg.work_dir = work_dir
    elif cfg.get("work_dir") is None:
        cfg.work_dir = str(Path("work_dirs") / Path(path).stem)
    cfg.work_dir = os.path.expanduser(cfg.work_dir)
    check_type_names(cfg, str(path))
    return cfg


def check_work_dir(path: str | Path, option: str = "--work-dir") -> None:
    """Create the work directory and write a test file in it, so that a run does not fail at its first save.

    Args:
        path: The directory.
        option: The option that the message tells the user to change.

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
