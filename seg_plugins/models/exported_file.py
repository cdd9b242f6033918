"""Exported files: the checks before one is used, and the comparison with a config."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from .export_facts import FORMAT, LONGEST, ExportFacts, facts_from, facts_of_config

__all__ = ["ExportedFile", "is_exported", "read_exported", "require_same_config", "seal"]

SUFFIX = ".onnx"
EXTRA = 'pip install "seg-plugins[export]"'
DOMAINS = ("", "ai.onnx")  # of operators that ONNX itself defines
HASH = "sha256"


@dataclass(frozen=True)
class ExportedFile:
    """An exported file that has passed all checks.

    Attributes:
        path: Where it lies.
        data: Its content.
        facts: Its metadata.
    """

    path: Path
    data: bytes
    facts: ExportFacts


def is_exported(path: Any) -> bool:
    """Return whether a checkpoint's name is that of an exported file."""
    return isinstance(path, str | Path) and Path(path).suffix.lower() == SUFFIX


def messages_of(message: Any) -> Iterator[Any]:
    """Yield a protobuf message and all messages inside it."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inner in value if hasattr(value, "__len__") else [value]:
                yield from messages_of(inner)


def check_contents(model: Any, name: str) -> None:
    """Refuse a graph that reads other files or calls operators of a library.

    Raises:
        ValueError: It does.
    """
    own = {function.domain for function in model.functions}
    for message in messages_of(model):
        kind = message.DESCRIPTOR.name
        if kind == "TensorProto" and (message.data_location or message.external_data):
            raise ValueError(
                f"{name} keeps weights in another file, which is not read: export it again, into one file"
            )
        if kind == "NodeProto" and message.domain not in DOMAINS and message.domain not in own:
            raise ValueError(
                f"{name} calls {message.domain}::{message.op_type}, an operator of a library, which is not "
                "loaded: export it again with tools/export.py"
            )


def graph_hash(model: Any) -> str:
    """Return the SHA-256 of graph, weights and metadata, the entry for the hash itself left out."""
    copy = type(model)()
    copy.CopyFrom(model)
    del copy.metadata_props[:]
    total = hashlib.sha256(copy.SerializeToString(deterministic=True))
    for entry in sorted(model.metadata_props, key=lambda entry: entry.key):
        if entry.key != HASH:
            total.update(json.dumps([entry.key, entry.value]).encode())
    return total.hexdigest()


def seal(model: Any, facts: ExportFacts) -> None:
    """Write the metadata and the hash over everything into an ONNX model."""
    del model.metadata_props[:]
    for key, value in asdict(facts).items():
        model.metadata_props.add(key=key, value=json.dumps(value, sort_keys=True))
    model.metadata_props.add(key=HASH, value=json.dumps(graph_hash(model)))


def read_exported(path: str | Path) -> ExportedFile:
    """Read an exported file and check all that it holds.

    The hash detects accidents, such as a damaged or an edited file; it is no signature.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The `export` extra is missing, the file is damaged, edited or of another version, or it
            needs other files or operator libraries.
    """
    path = Path(path).expanduser()
    name = f"exported file {path}"
    if not path.is_file():
        raise FileNotFoundError(f"{name}: there is no such file")
    try:
        from google.protobuf.message import DecodeError
        from onnx import ModelProto
    except ImportError:
        raise ValueError(f"{name}: to use it, {EXTRA}") from None
    data = path.read_bytes()
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise ValueError(
            f"{name} is damaged or not an ONNX file: copy it again, or export it again"
        ) from None
    check_contents(model, name)
    held = {entry.key: entry.value for entry in model.metadata_props}
    if "format" not in held or HASH not in held:
        raise ValueError(f"{name} has no metadata of tools/export.py: export it with that tool")
    if held["format"] != str(FORMAT):
        raise ValueError(
            f"{name} has metadata of version {held['format'][:20]!r}, not {FORMAT}: export it again"
        )
    if held[HASH] != json.dumps(graph_hash(model)):
        raise ValueError(f"{name} was changed or damaged after its export: its hash differs. Export it again")
    return ExportedFile(path, data, facts_from(held, name))


PLACES = {
    "bgr_to_rgb": "model.data_preprocessor.bgr_to_rgb",
    "classes": "test_dataloader.dataset.metainfo.classes",
    "loader": "test_dataloader.dataset.pipeline.0",
    "mean": "model.data_preprocessor.mean",
    "scale": "test_dataloader.dataset.pipeline: Resize",
    "std": "model.data_preprocessor.std",
}


def differing_values(there: Any, here: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield dotted keys under which two values differ, with both values."""
    if isinstance(there, dict) and isinstance(here, dict):
        for name in sorted(there.keys() | here.keys()):
            yield from differing_values(there.get(name), here.get(name), f"{key}.{name}")
    elif there != here:
        yield key, there, here


def require_same_config(file: ExportedFile, cfg: Config) -> None:
    """Refuse a file that was exported with another config than the one it is used with.

    Raises:
        ValueError: They disagree; the message names the key and both values.
    """
    held = asdict(file.facts)
    for key, value in facts_of_config(cfg).items():
        for place, there, here in differing_values(held[key], value, PLACES.get(key, key)):
            raise ValueError(
                f"exported file {file.path} and config disagree in {place}: {str(there)[:LONGEST]} there, "
                f"{str(here)[:LONGEST]} here. Use the config that it was exported with, or export it again"
            )
