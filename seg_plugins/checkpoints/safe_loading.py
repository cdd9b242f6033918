"""Reading of checkpoints without running the code that they may carry.

A checkpoint is a pickle, and a pickle can call any function. This module admits only tensors, plain values,
numpy arrays and MMEngine's loss histories. If a file asks for anything else, it is refused and the message
names what it asked for.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader
from torch import Tensor

from seg_plugins.files.in_force import InForce
from seg_plugins.files.safe_files import safe_files

from .downloads import cache_path, fetch, is_address, resolve_weights

__all__ = ["SafeLoading", "is_trusted", "read_checkpoint"]

STATISTICS = ("mean", "max", "min", "current")
DTYPES = ("?", "b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "e", "f", "d")
DOWNLOADED = ("http://", "https://")
NAMED = ("open-mmlab://", "openmmlab://", "torchvision://", "modelzoo://")
DAMAGE = (EOFError, LookupError, ValueError, TypeError, AttributeError, RuntimeError)
CUT_SHORT = ("PytorchStreamReader", "unexpected EOF")
UNSUPPORTED = ("mmcls://", "pavi://", r"(\S+\:)?s3://", r"(\S+\:)?petrel://")
REMEDY = "Copy it again, or use another"


def _statistic(owner: type, name: str) -> Callable:
    """Replace ``getattr``, which loss histories call: return their statistics, and refuse anything else."""
    if owner is not HistoryBuffer or name not in STATISTICS:
        raise UnpicklingError(f"Unsupported global: GLOBAL getattr({getattr(owner, '__name__', '?')},{name})")
    return getattr(HistoryBuffer, name)


def _allowed() -> list[Any]:
    core = np._core if hasattr(np, "_core") else np.core
    reconstruct, scalar = core.multiarray._reconstruct, core.multiarray.scalar
    return [
        HistoryBuffer,
        slice,
        np.ndarray,
        np.dtype,
        *{type(np.dtype(code)) for code in DTYPES},
        (_statistic, "builtins.getattr"),
        *((reconstruct, f"numpy.{name}.multiarray._reconstruct") for name in ("core", "_core")),
        *((scalar, f"numpy.{name}.multiarray.scalar") for name in ("core", "_core")),
    ]


def read_checkpoint(
    path: str | Path,
    *,
    trusted: bool = False,
    map_location: str | torch.device | Callable = "cpu",
    mmap: bool = False,
) -> Any:
    """Read a checkpoint; refuse one that needs more than tensors and plain values.

    Args:
        path: A local file written by ``torch.save``, or a `.safetensors` file.
        trusted: Let the file run any code it carries. Set only by the user's own ``trust_checkpoint=True``.
        map_location: Device of the tensors, as for ``torch.load``.
        mmap: Leave the tensors in the file until they are used.

    Returns:
        Content of the file; for a training checkpoint, a dictionary with ``state_dict`` and ``meta``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or asks for code; the message names what it asked for.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {path} does not exist")
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    mmap = mmap and zipfile.is_zipfile(path)
    if trusted:
        return torch.load(path, map_location=map_location, weights_only=False, mmap=mmap)
    try:
        with torch.serialization.safe_globals(_allowed()):
            return torch.load(path, map_location=map_location, weights_only=True, mmap=mmap)
    except UnpicklingError as error:
        raise ValueError(_refusal(path, str(error))) from None
    except DAMAGE as error:
        if isinstance(error, RuntimeError) and not any(word in str(error) for word in CUT_SHORT):
            raise
        size = path.stat().st_size
        reason = str(error).split(". ")[0]
        raise ValueError(
            f"checkpoint {path} is damaged ({size} bytes): {type(error).__name__} {reason}. {REMEDY}"
        ) from None


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a `.safetensors` file on the CPU."""
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError:
        raise ValueError(f'{path}: to read it, pip install "seg-plugins[publish]"') from None
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"checkpoint {path} is damaged: {error}. {REMEDY}") from None


def _refusal(path: Path, message: str) -> str:
    asked = re.findall(r"GLOBAL (\S+)", message)
    if zipfile.is_zipfile(path):
        with torch.serialization.safe_globals(_allowed()):
            asked += torch.serialization.get_unsafe_globals_in_checkpoint(path)
    if not asked:
        with open(path, "rb") as file:
            return (
                f"checkpoint {path} is damaged or not a checkpoint, it begins with {file.read(20)}. {REMEDY}"
            )
    return (
        f"checkpoint {path} asks for code: {', '.join(sorted(set(asked)))}. It was not loaded. If you trust "
        "whoever wrote it, set trust_checkpoint=True in the config (or --cfg-options trust_checkpoint=True)"
    )


def is_trusted() -> bool:
    """Return whether checkpoints may run code here, as the newest :class:`SafeLoading` in force says."""
    return bool(IN_FORCE.newest)


def load_from_local(filename: str, map_location: Any = None) -> Any:
    """Load a local file for MMEngine's ``CheckpointLoader``."""
    return read_checkpoint(filename, trusted=is_trusted(), map_location=map_location or "cpu")


def load_from_address(filename: str, map_location: Any = None) -> Any:
    """Download ``https://``, ``open-mmlab://`` or ``torchvision://`` weights, then load the local file."""
    address = resolve_weights(filename)
    try:
        place = fetch(address) if is_address(address) else Path(address)
    except OSError as error:
        raise FileNotFoundError(
            f"checkpoint {filename} could not be downloaded ({error}). Download {address} on another machine "
            f"and copy it to {cache_path(address)}, or give its path"
        ) from error
    return load_from_local(str(place), map_location)


def load_from_elsewhere(filename: str, map_location: Any = None) -> Any:
    """Refuse the schemes that cannot be read safely.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"{filename}: download this checkpoint yourself and give the path of the local file")


LOADERS = {
    "": load_from_local,
    **dict.fromkeys(DOWNLOADED + NAMED, load_from_address),
    **dict.fromkeys(UNSUPPORTED, load_from_elsewhere),
}


def _register() -> Callable[[], None]:
    before = {prefix: CheckpointLoader._schemes[prefix] for prefix in LOADERS}

    def let(loaders: dict[str, Callable]) -> None:
        for prefix, loader in loaders.items():
            CheckpointLoader.register_scheme(prefix, loader, force=True)

    let(LOADERS)
    return lambda: let(before)


IN_FORCE: InForce[bool] = InForce(_register)  # whether code of checkpoints is trusted


class SafeLoading:
    """How a run reads checkpoints, YAML and pickle files.

    Args:
        trusted: Let files run the code that they carry. True only by the user's ``trust_checkpoint=True``.
    """

    def __init__(self, trusted: bool = False) -> None:
        self.trusted = trusted

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Route all checkpoint loading of MMEngine through :func:`read_checkpoint` while the block runs.

        This covers ``init_cfg=dict(type="Pretrained")`` and ``load_from``. YAML and pickle files are read
        just as safely (:func:`safe_files`).
        """
        with IN_FORCE.block(self.trusted), safe_files(self.trusted):
            yield

    def read(self, path: str | Path, mmap: bool = False) -> Any:
        """Read a checkpoint on the CPU; see :func:`read_checkpoint`."""
        return read_checkpoint(path, trusted=self.trusted, mmap=mmap)
