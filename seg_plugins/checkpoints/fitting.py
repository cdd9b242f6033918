"""Checks of a checkpoint before it is used: it exists, is complete, and has the config's architecture."""

import logging
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from torch import Tensor, nn

from seg_plugins.config.tool_command import tool_command

from .choosing import near_checkpoints
from .safe_loading import read_checkpoint
from .sealed_file import corruption
from .weight_names import in_own_keys, state_dict_of

__all__ = ["load_state_dict", "load_weights", "mismatch", "open_checkpoint", "require_same_encoder"]

SHOWN = 6
REMEDY = "Use the config that it was trained with, or another checkpoint"
CLASS_LAYER = re.compile(
    r"(.*?)(?:\.kernel_generate_head)?\.?"
    r"(conv_seg|\w+_cls_seg|classifiers\.\d+|score_pool\d|upscore\w*|cls_emb|mask_norm|query_classifier"
    r"|cls_embed|classification|regression)"
    r"(?:\.|$)"
)

TEMPERATURE = re.compile(r"postprocess\.\d+\.temperature")
HOW_TO_FIT = (
    "fit it with `{}` (configs/recipes.md, Temperature scaling on validation data) and use the "
    "checkpoint that this writes, or set TemperatureScaling(temperature=...) in the config"
)


def check_kind(path: Path) -> None:
    """Refuse files of a network that are no checkpoint, also those that would run code when they are loaded.

    Raises:
        ValueError: It is such a file.
    """
    if path.suffix.lower() == ".onnx":
        raise ValueError(f"checkpoint {path} is an exported file: only test, predict and serve take one")
    names = zipfile.ZipFile(path).namelist() if zipfile.is_zipfile(path) else []
    if path.suffix.lower() in (".pt2", ".pte") or any(
        name.endswith("archive_format") or "/code/" in name for name in names
    ):
        raise ValueError(
            f"checkpoint {path} is a program (TorchScript, or a package of torch.export), which is not "
            "loaded: give the checkpoint that it was made of, or a file of tools/export.py"
        )


def open_checkpoint(path: str | Path, trusted: bool = False) -> dict[str, Any]:
    """Read a local checkpoint on the CPU.

    Args:
        path: A `.pth` file as MMEngine writes it, or a bare state dict.
        trusted: Let the file run code; see `read_checkpoint`.

    Raises:
        FileNotFoundError: There is no such file; the message lists those in the folder.
        ValueError: The file is empty, truncated, or holds something other than weights.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {path}: there is no such file.{near_checkpoints(path)}")
    check_kind(path)
    if (path.stat().st_size == 0 or zipfile.is_zipfile(path)) and (fault := corruption(path)):
        raise ValueError(f"checkpoint {path} is damaged: {fault}. Copy it again, or use another")
    loaded = read_checkpoint(path, trusted=trusted)
    if not isinstance(loaded, Mapping):
        raise ValueError(f"checkpoint {path} holds a {type(loaded).__name__}, not a dictionary of weights")
    return dict(loaded)


def listed(keys: list[str]) -> str:
    """List at most `SHOWN` keys, and the number of the others."""
    more = len(keys) - SHOWN
    return ", ".join(keys[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def class_counts(own: Mapping[str, Tensor], given: Mapping[str, Tensor], keys: list[str]) -> str | None:
    """Return both class counts of every head if `keys` all belong to layers with one entry per class."""
    heads: dict[str, set[tuple[int, int]]] = {}
    for key in keys:
        head, layer = CLASS_LAYER.match(key).groups() if CLASS_LAYER.match(key) else (None, None)
        if layer is None or given[key].dim() != own[key].dim():
            return None
        sizes = zip(given[key].shape, own[key].shape, strict=True)
        if layer == "regression":  # four numbers per class
            sizes = ((there / 4, here / 4) for there, here in sizes)
        elif head == "box_head" or layer in ("query_classifier", "cls_embed"):  # one more: "nothing"
            sizes = ((there - 1, here - 1) for there, here in sizes)
        heads.setdefault(head, set()).update((int(a), int(b)) for a, b in sizes if a != b)
    if any(len(counts) != 1 for counts in heads.values()):
        return None
    return "; ".join(f"{h} has {a} classes there and {b} in the config" for h, ((a, b),) in heads.items())


def temperature_mismatch(missing: list[str], unexpected: list[str]) -> str:
    """Describe a mismatch of temperatures alone; empty if any other weight is missing or unexpected."""
    if not all(map(TEMPERATURE.fullmatch, missing + unexpected)) or bool(missing) == bool(unexpected):
        return ""
    if missing:
        how = HOW_TO_FIT.format(tool_command("train", "CONFIG"))
        return f"holds no fitted temperature ({listed(missing)}): {how}"
    return (
        f"holds a fitted temperature ({listed(unexpected)}) that no step of the config takes: add "
        'model.postprocess=[dict(type="TemperatureScaling")], or use the checkpoint that it was fitted for'
    )


def mismatch(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str:
    """Say why the weights of a checkpoint do not fit a model; empty if they do.

    Batch counters are ignored, and so are auxiliary heads that the model lacks: only training needs them.
    """
    own = {k: v for k, v in own.items() if not k.endswith("num_batches_tracked")}
    given = {k: v for k, v in given.items() if not k.endswith("num_batches_tracked")}
    missing = sorted(own.keys() - given.keys())
    unexpected = sorted(k for k in given.keys() - own.keys() if not k.startswith("auxiliary_head."))
    other = sorted(k for k in own.keys() & given.keys() if own[k].shape != given[k].shape)
    if other and not missing and not unexpected and (counts := class_counts(own, given, other)):
        return f"is for another number of classes: {counts}. {REMEDY}"
    if not other and (reason := temperature_mismatch(missing, unexpected)):
        return reason
    shapes = [f"{k}: {tuple(given[k].shape)} there, {tuple(own[k].shape)} here" for k in other]
    parts = (
        (missing, f"{len(missing)} of {len(own)} keys missing ({listed(missing)})"),
        (unexpected, f"{len(unexpected)} keys not in the model ({listed(unexpected)})"),
        (shapes, f"{len(other)} of another shape ({listed(shapes)})"),
    )
    found = "; ".join(text for keys, text in parts if keys)
    return f"is of another architecture than the config: {found}. {REMEDY}" if found else ""


def require_same_encoder(own: Mapping[str, Tensor], given: Mapping[str, Tensor], source: str) -> None:
    """Refuse to start a training from weights of which none fits the encoder; Runner only warns.

    A different number of classes is reported and allowed.

    Args:
        own: Weights of the model, whose head may differ.
        given: Weights of the checkpoint.
        source: Path of the checkpoint, for the message.

    Raises:
        ValueError: Not a single weight of the encoder has the right name and shape.
    """
    encoder = [k for k in own if "backbone." in k and own[k].dim()] or list(own)
    if not any(k in given and given[k].shape == own[k].shape for k in encoder):
        raise ValueError(f"load_from: checkpoint {source} {mismatch(own, given)}")
    other = sorted(k for k in own.keys() & given.keys() if own[k].shape != given[k].shape)
    if other and (counts := class_counts(own, given, other)):
        words = f"load_from: {source} has another number of classes; these start from scratch: {counts}"
        print_log(words, logger="current", level=logging.WARNING)


def load_state_dict(
    model: nn.Module, weights: Mapping[str, Tensor], source: str, branch: str = "teacher"
) -> None:
    """Load all weights into a model or fail; Runner only warns and continues with random weights.

    Args:
        model: The model, unwrapped.
        weights: Names and tensors.
        source: The checkpoint's path, for the message.
        branch: Branch of a regime's weights that a plain segmentor gets.

    Raises:
        ValueError: Keys are missing, unexpected or of another shape. If only classifying layers differ, the
            message names the head and both class counts.
    """
    weights = in_own_keys(model, weights, branch)
    try:
        model.load_state_dict(weights)
    except RuntimeError:  # it lists every key of a model; our message names the difference
        if reason := mismatch(model.state_dict(), weights):
            raise ValueError(f"checkpoint {source} {reason}") from None
        model.load_state_dict(weights, strict=False)


def load_weights(
    model: nn.Module, path: str | Path, trusted: bool = False, branch: str = "teacher"
) -> dict[str, Any]:
    """Load all weights of a checkpoint into a model or fail.

    Args:
        model: The model, unwrapped.
        path: The checkpoint.
        trusted: Let the file run code; see `read_checkpoint`.
        branch: Branch of a regime's weights that a plain segmentor gets.

    Returns:
        The checkpoint's `meta`, or an empty dictionary.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or does not fit the model.
    """
    checkpoint = open_checkpoint(path, trusted)
    weights = state_dict_of(checkpoint)
    load_state_dict(model, weights, str(path), branch)
    return checkpoint.get("meta", {})
