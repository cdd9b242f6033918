"""A checkpoint looked at before it is used: there, whole, and of this architecture."""

import logging
import re
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from torch import Tensor, nn

from seg_plugins.config.suggestions import close_names

from .safe_loading import read_checkpoint
from .sealed_file import damage

__all__ = ["load_state_dict", "load_weights", "misfit", "open_checkpoint", "require_kinship", "state_dict_of"]

SHOWN = 6
REMEDY = "Take the config that it was trained with, or another checkpoint"
CLASS_LAYER = re.compile(
    r"(.*?)(?:\.kernel_generate_head)?\.?"
    r"(conv_seg|\w+_cls_seg|classifiers\.\d+|score_pool\d|upscore\w*|cls_emb|mask_norm|classification|regression)"
    r"(?:\.|$)"
)

TEMPERATURE = re.compile(r"postprocess\.\d+\.temperature")
HOW_TO_FIT = (
    "fit it with tools/train.py (configs/recipes.md, Temperature scaling on validation data) and take the "
    "checkpoint that this writes, or give TemperatureScaling(temperature=...) in the config"
)


def near_checkpoints(path: Path) -> str:
    """The checkpoints that lie where `path` should be, as a sentence."""
    folder = path if path.is_dir() else path.parent
    found = {str(p): p for p in sorted(folder.glob("*.pth"))} if folder.is_dir() else {}
    if not found:
        return " Train first, or give the path of a .pth file."
    names = close_names(str(path), found, cutoff=0.3) or list(found)[:3]
    return f" There are: {', '.join(names)}"


def open_checkpoint(path: str | Path, trusted: bool = False) -> dict[str, Any]:
    """Read a local checkpoint on the CPU.

    Args:
        path: A `.pth` file as MMEngine writes it, or a bare state dict.
        trusted: Let the file run code, as for `read_checkpoint`.

    Raises:
        FileNotFoundError: There is no such file; the message shows those in the folder.
        ValueError: The file is empty, truncated, or holds something other than weights.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {path}: there is no such file.{near_checkpoints(path)}")
    if (path.stat().st_size == 0 or zipfile.is_zipfile(path)) and (fault := damage(path)):
        raise ValueError(f"checkpoint {path} is damaged: {fault}. Copy it again, or take another")
    loaded = read_checkpoint(path, trusted=trusted)
    if not isinstance(loaded, Mapping):
        raise ValueError(f"checkpoint {path} holds a {type(loaded).__name__}, not a dictionary of weights")
    return dict(loaded)


def state_dict_of(checkpoint: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights of a checkpoint, without the `module.` that a wrapper leaves in front."""
    weights = checkpoint.get("state_dict", checkpoint)
    return OrderedDict((k.removeprefix("module."), v) for k, v in weights.items() if isinstance(v, Tensor))


def listed(keys: list[str]) -> str:
    """At most `SHOWN` keys, and how many more."""
    more = len(keys) - SHOWN
    return ", ".join(keys[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def class_counts(own: Mapping[str, Tensor], given: Mapping[str, Tensor], keys: list[str]) -> str | None:
    """Both class counts of every head, where `keys` are all of layers with one entry for each class."""
    heads: dict[str, set[tuple[int, int]]] = {}
    for key in keys:
        head, layer = CLASS_LAYER.match(key).groups() if CLASS_LAYER.match(key) else (None, None)
        if layer is None or given[key].dim() != own[key].dim():
            return None
        sizes = zip(given[key].shape, own[key].shape, strict=True)
        if layer == "regression":  # four numbers for each class
            sizes = ((there / 4, here / 4) for there, here in sizes)
        elif head == "box_head":  # and the background
            sizes = ((there - 1, here - 1) for there, here in sizes)
        heads.setdefault(head, set()).update((int(a), int(b)) for a, b in sizes if a != b)
    if any(len(counts) != 1 for counts in heads.values()):
        return None
    return "; ".join(f"{h} has {a} classes there and {b} in the config" for h, ((a, b),) in heads.items())


def temperature_misfit(missing: list[str], unexpected: list[str]) -> str:
    """What is wrong where nothing but a temperature is missing or left over; empty where more is."""
    if not all(map(TEMPERATURE.fullmatch, missing + unexpected)) or bool(missing) == bool(unexpected):
        return ""
    if missing:
        return f"holds no fitted temperature ({listed(missing)}): {HOW_TO_FIT}"
    return (
        f"holds a fitted temperature ({listed(unexpected)}) that no step of the config takes: add "
        'model.postprocess=[dict(type="TemperatureScaling")], or take the checkpoint that it was fitted for'
    )


def misfit(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str:
    """Why a checkpoint's weights do not fit a model's; empty where they do.

    Batch counters are not compared, and left-over auxiliary heads are no misfit: only training needs them.
    """
    own = {k: v for k, v in own.items() if not k.endswith("num_batches_tracked")}
    given = {k: v for k, v in given.items() if not k.endswith("num_batches_tracked")}
    missing = sorted(own.keys() - given.keys())
    unexpected = sorted(k for k in given.keys() - own.keys() if not k.startswith("auxiliary_head."))
    other = sorted(k for k in own.keys() & given.keys() if own[k].shape != given[k].shape)
    if other and not missing and not unexpected and (counts := class_counts(own, given, other)):
        return f"is for another number of classes: {counts}. {REMEDY}"
    if not other and (reason := temperature_misfit(missing, unexpected)):
        return reason
    shapes = [f"{k}: {tuple(given[k].shape)} there, {tuple(own[k].shape)} here" for k in other]
    parts = (
        (missing, f"{len(missing)} of {len(own)} keys missing ({listed(missing)})"),
        (unexpected, f"{len(unexpected)} keys not in the model ({listed(unexpected)})"),
        (shapes, f"{len(other)} of another shape ({listed(shapes)})"),
    )
    found = "; ".join(text for keys, text in parts if keys)
    return f"is of another architecture than the config: {found}. {REMEDY}" if found else ""


def require_kinship(own: Mapping[str, Tensor], given: Mapping[str, Tensor], source: str) -> None:
    """Refuses to start a training from weights of which the encoder takes none; Runner itself only warns.

    Another number of classes is said and allowed.

    Args:
        own: The model's weights, which may have a head of their own.
        given: The checkpoint's.
        source: Its path, for the message.

    Raises:
        ValueError: Not one weight of the encoder is there in its shape.
    """
    encoder = [k for k in own if k.startswith("backbone.") and own[k].dim()] or list(own)
    if not any(k in given and given[k].shape == own[k].shape for k in encoder):
        raise ValueError(f"load_from: checkpoint {source} {misfit(own, given)}")
    other = sorted(k for k in own.keys() & given.keys() if own[k].shape != given[k].shape)
    if other and (counts := class_counts(own, given, other)):
        words = f"load_from: {source} is for another number of classes, which begin anew: {counts}"
        print_log(words, logger="current", level=logging.WARNING)


def load_state_dict(model: nn.Module, weights: Mapping[str, Tensor], source: str) -> None:
    """Load weights into a model, every key of them; Runner itself only warns and goes on with random ones.

    Args:
        model: The model, unwrapped.
        weights: Name to tensor.
        source: The checkpoint's path, for the message.

    Raises:
        ValueError: Keys are missing, left over or of another shape. Where only classifying layers differ,
            the message names the head and both class counts.
    """
    try:
        model.load_state_dict(weights)
    except RuntimeError:  # lists every key of a model; what is said instead names the difference
        if reason := misfit(model.state_dict(), weights):
            raise ValueError(f"checkpoint {source} {reason}") from None
        model.load_state_dict(weights, strict=False)


def load_weights(model: nn.Module, path: str | Path, trusted: bool = False) -> dict[str, Any]:
    """Load a checkpoint into a model, every key of it.

    Args:
        model: The model, unwrapped.
        path: The checkpoint.
        trusted: Let the file run code, as for `read_checkpoint`.

    Returns:
        The checkpoint's `meta` (empty where it has none).

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or does not fit the model.
    """
    checkpoint = open_checkpoint(path, trusted)
    weights = state_dict_of(checkpoint)
    load_state_dict(model, weights, str(path))
    return checkpoint.get("meta", {})
