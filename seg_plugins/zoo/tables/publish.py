"""A finished run as files to hand on: weights, named by their hash, and a model card."""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from seg_plugins.checkpoints.fitting import open_checkpoint
from seg_plugins.files.atomic import write_bytes

from ..runs.provenance import sha256
from ..suites.config_hash import config_hash, resolved_config, rule_of
from ..suites.record import read_record
from .model_card import model_card

__all__ = ["PublishedFiles", "check_final", "hash_of_weights", "publish", "weights_only"]

KEPT_META = ("dataset_meta", "cfg", "iter", "epoch", "mmengine_version")


@dataclass(frozen=True)
class PublishedFiles:
    """What was written.

    Attributes:
        weights: The `.pth` file, which `init_model` and `tools/test.py` take.
        safetensors: The same tensors without any pickled object.
        card: The model card.
    """

    weights: Path
    safetensors: Path
    card: Path


def check_final(path: Path, checkpoint: Mapping[str, Any], max_iters: int, record: Mapping[str, Any]) -> None:
    """Refuse a checkpoint that is not the one whose figures the record gives.

    Args:
        path: The checkpoint file.
        checkpoint: Its content.
        max_iters: The last iteration of its config.
        record: The run's record.

    Raises:
        ValueError: Training had not ended, another file was tested, or weights are not finite.
    """
    done = checkpoint.get("meta", {}).get("iter")
    if done is not None and max_iters and done < max_iters:
        raise ValueError(f"{path} is not final: iteration {done} of {max_iters}; go on with --resume first")
    digest = sha256(path)
    if record["checkpoint_sha256"] != digest:
        raise ValueError(
            f"{path} (sha256 {digest[:12]}) is not the checkpoint of its record "
            f"({record['checkpoint_sha256'][:12]}, {record.get('checkpoint')}): its figures are not known"
        )
    state = checkpoint["state_dict"]
    broken = [k for k, v in state.items() if v.is_floating_point() and not torch.isfinite(v).all()]
    if broken:
        raise ValueError(f"{path} has weights that are not finite: {', '.join(broken[:3])}")


def weights_only(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Weights and what describes them, without optimiser and folders; CPU tensors that share nothing."""
    state = {
        name: value.detach().cpu().contiguous().clone() for name, value in checkpoint["state_dict"].items()
    }
    meta = checkpoint.get("meta", {})
    kept = {key: meta[key] for key in KEPT_META if key in meta}
    if isinstance(kept.get("cfg"), str):
        kept["cfg"] = re.sub(r"(?m)^(work_dir|load_from) = .*$", r"\1 = None", kept["cfg"])
    return {"meta": kept, "state_dict": state}


def hash_of_weights(state: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over names, shapes, dtypes and bytes of all tensors: the same for both file formats."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].contiguous()
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def publish(config: Path, checkpoint: Path, record_file: Path, out: Path, root: Path) -> PublishedFiles:
    """Write weights and model card.

    Args:
        config: The run's config.
        checkpoint: Its last checkpoint.
        record_file: Its record, as `tools/benchmark.py collect` wrote it.
        out: The folder to write to.
        root: The folder that `configs/` lies in, for the paths in the card.

    Returns:
        The files, `<config>.seed<n>-<hash>.{pth,safetensors,md}`.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: The checkpoint is not final, not of that record and config, or asks for code without
            `trust_checkpoint=True` in the config.
    """
    from safetensors.torch import save

    record = read_record(record_file)
    resolved = resolved_config(config, record.get("options"), record["seed"])
    if config_hash(resolved, rule_of(record)) != record["config_hash"]:
        raise ValueError(f"{record_file} is of another version of {config}: run it again before publishing")
    loaded = open_checkpoint(checkpoint, resolved.get("trust_checkpoint", False))
    if "state_dict" not in loaded:
        raise ValueError(f"{checkpoint} has no `state_dict`: it is not a checkpoint of a training")
    check_final(checkpoint, loaded, int((resolved.get("train_cfg") or {}).get("max_iters") or 0), record)
    small = weights_only(loaded)
    digest = hash_of_weights(small["state_dict"])
    stem = f"{config.stem}.seed{record['seed']}-{digest[:8]}"
    files = PublishedFiles(*(out / f"{stem}.{ending}" for ending in ("pth", "safetensors", "md")))
    buffer = io.BytesIO()
    torch.save(small, buffer)
    write_bytes(files.weights, buffer.getvalue())
    meta = small["meta"].get("dataset_meta") or {}
    notes = {"sha256": digest, "config": config.name, "dataset_meta": json.dumps(meta, default=str)}
    write_bytes(files.safetensors, save(small["state_dict"], metadata=notes))
    card = model_card(record, resolved, meta, digest, files.weights.name, config.relative_to(root).as_posix())
    write_bytes(files.card, card.encode())
    return files
