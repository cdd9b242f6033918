"""Metadata of an exported file: what it says of its network, and what a config says of the same."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from mmengine.config import Config
from mmseg.registry import DATASETS

from .image_pipeline import find_test_pipeline, source_of

__all__ = ["FORMAT", "LONGEST", "ExportFacts", "facts_from", "facts_of_config"]

FORMAT = 1
LONGEST = 200
ORDERS = ("RGB", "BGR", "grey", "file")
# Parts of a model's config that only training reads, or that run outside the file.
OUTSIDE = {
    "auxiliary_head", "data_preprocessor", "init_cfg", "loss_decode", "postprocess", "pretrained", "sampler",
    "test_cfg", "tile", "train_cfg",
}  # fmt: skip


@dataclass(frozen=True)
class ExportFacts:
    """The metadata of an exported file, each a JSON value under its own name.

    Attributes:
        format: Version of this list.
        classes: Class names.
        palette: [red, green, blue] of each class.
        channels: Channels of the image.
        channel_order: Order in which the graph takes them, as `InputSpec.order`.
        mean: Mean of each channel for normalisation, in the numbers of an image file; empty for none.
        std: Standard deviation of each channel, likewise.
        bgr_to_rgb: Whether the data preprocessor turns the order of three channels.
        input: "float32", normalised (1, C, H, W), or "uint8", as in a file, (1, H, W, C).
        outputs: Names of the outputs, "logits" first.
        size: [H, W] if the file takes one size only, else None.
        min_size: Smallest side of an image.
        threshold: Probability above which a pixel is foreground if there is one channel of logits, else None.
        loader: Config of the transform that loads an image.
        scale: Configs of the transforms that resize it.
        model: The network's part of the config.
        steps: Numbers fitted for post-processing, which runs after the network, by name.
        config: Name of the config.
        licence: Licence of the weights as their author states it.
        commit: Commit of the code that exported it.
    """

    classes: list[str]
    palette: list[list[int]]
    channels: int
    channel_order: str
    mean: list[float]
    std: list[float]
    bgr_to_rgb: bool
    input: str
    outputs: list[str]
    size: list[int] | None
    min_size: int
    threshold: float | None
    loader: dict[str, Any]
    scale: list[dict[str, Any]]
    model: dict[str, Any]
    steps: dict[str, list[float]]
    config: str
    licence: str
    commit: str
    format: int = FORMAT


def facts_from(held: Mapping[str, str], name: str) -> ExportFacts:
    """Read the metadata of a file and check it as the values of a config are checked.

    Raises:
        ValueError: A key is missing, or its value is none that this package writes.
    """
    values = {}
    for field in fields(ExportFacts):
        try:
            values[field.name] = json.loads(held[field.name])
        except (KeyError, ValueError, RecursionError):
            raise ValueError(f"{name}: its metadata has no valid {field.name!r}: export it again") from None
    facts = ExportFacts(**values)
    for key, valid in validity(facts):
        if not valid:
            raise ValueError(f"{name}: its metadata has an impossible {key!r}: export it again")
    return facts


def is_count(value: Any, least: int = 1) -> bool:
    """Return whether a value is an integer of at least `least`."""
    return type(value) is int and value >= least


def are_numbers(values: Any, count: int | None = None) -> bool:
    """Return whether a value is a list of finite numbers, of a length if one is given."""
    return (
        isinstance(values, list)
        and (count is None or len(values) == count)
        and all(type(v) in (int, float) and math.isfinite(v) for v in values)
    )


def is_text(value: Any) -> bool:
    """Return whether a value is a printable line of moderate length."""
    return isinstance(value, str) and len(value) <= LONGEST and (value.isprintable() or not value)


def validity(facts: ExportFacts) -> Iterator[tuple[str, bool]]:
    """Yield each key of the metadata, and whether its value is possible."""
    names, colours, outputs = facts.classes, facts.palette, facts.outputs
    yield "classes", isinstance(names, list) and len(names) > 1 and all(map(is_text, names))
    yield "palette", isinstance(colours, list) and len(colours) == len(names) and all(
        isinstance(c, list) and len(c) == 3 and all(is_count(v, 0) and v < 256 for v in c) for c in colours
    )  # fmt: skip
    yield "channels", is_count(facts.channels)
    yield "channel_order", facts.channel_order in ORDERS
    numbers = are_numbers(facts.mean) and len(facts.mean) in (0, 1, facts.channels)
    yield "mean", numbers
    yield "std", are_numbers(facts.std, len(facts.mean)) and all(v > 0 for v in facts.std)
    yield "bgr_to_rgb", isinstance(facts.bgr_to_rgb, bool)
    yield "input", facts.input in ("float32", "uint8")
    yield "outputs", outputs in (["logits"], ["logits", "labels", "confidence"])
    size = facts.size
    yield "size", size is None or (isinstance(size, list) and len(size) == 2 and all(map(is_count, size)))
    yield "min_size", is_count(facts.min_size)
    yield "threshold", facts.threshold is None or (are_numbers([facts.threshold]) and 0 < facts.threshold < 1)
    yield "loader", isinstance(facts.loader, dict) and is_text(facts.loader.get("type"))
    yield "scale", isinstance(facts.scale, list) and all(isinstance(step, dict) for step in facts.scale)
    yield "model", isinstance(facts.model, dict)
    yield "steps", isinstance(facts.steps, dict) and all(map(are_numbers, facts.steps.values()))
    for key in ("config", "licence", "commit"):
        yield key, is_text(getattr(facts, key))


def json_value(value: Any) -> Any:
    """Return a part of a config as JSON holds it, without keys that decide nothing in an exported file."""
    if isinstance(value, Mapping):
        return {str(k): json_value(v) for k, v in value.items() if k not in OUTSIDE}
    if isinstance(value, list | tuple):
        return [json_value(member) for member in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def facts_of_config(cfg: Config) -> dict[str, Any]:
    """Return what a config states itself of an exported file's metadata, by the key in the config.

    Class names are left out if the config's data set does not name them.
    """
    steps = find_test_pipeline(cfg)
    preprocessor = cfg.model.get("data_preprocessor") or {}
    model = {key: value for key, value in cfg.model.items() if key != "type"}
    found = {
        "loader": json_value(steps[0]),
        "scale": [
            json_value(step) for step in steps if str(step["type"]).rpartition(".")[2].startswith("Resize")
        ],
        "model": json_value(model),
        "mean": json_value(preprocessor.get("mean") or []),
        "std": json_value(preprocessor.get("std") or []),
        "bgr_to_rgb": bool(preprocessor.get("bgr_to_rgb") or preprocessor.get("rgb_to_bgr")),
    }
    dataset = source_of((cfg.get("test_dataloader") or cfg.get("val_dataloader") or {}).get("dataset") or {})
    kind = DATASETS.get(dataset["type"]) if isinstance(dataset.get("type"), str) else dataset.get("type")
    meta = dataset.get("metainfo") or getattr(kind, "METAINFO", None) or {}
    if meta.get("classes"):
        found["classes"] = [str(name) for name in meta["classes"]]
    return found
