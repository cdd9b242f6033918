"""Class weights from a file, read without running code."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

__all__ = ["read_class_weights"]


def parse(path: Path) -> object:
    """Read a file of plain values; its suffix decides how."""
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return np.load(path, allow_pickle=False).tolist()
    if suffix == ".json":
        return json.loads(path.read_bytes())
    if suffix in (".yaml", ".yml"):
        return yaml.safe_load(path.read_bytes())
    raise ValueError("the suffix is none of .json, .yaml, .npy (a pickle can run code)")


def read_class_weights(class_weight: Sequence[float] | str | None) -> list[float] | None:
    """Return class weights as a list.

    Args:
        class_weight: K weights, the path of a .json, .yaml or .npy file that holds them, or None.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is of another type, or holds anything but non-negative numbers.
    """
    if class_weight is None:
        return None
    if not isinstance(class_weight, str):
        return list(class_weight)
    path = Path(class_weight).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"class_weight {class_weight}: there is no such file")
    try:
        weights = parse(path)
    except (ValueError, OSError, EOFError, yaml.YAMLError) as error:
        raise ValueError(
            f"class_weight {class_weight} cannot be read ({error}): save a list of numbers as JSON"
        ) from error
    if not isinstance(weights, list) or not all(type(w) in (int, float) and 0 <= w < np.inf for w in weights):
        raise ValueError(f"class_weight {class_weight} is not a list of non-negative numbers")
    return weights
