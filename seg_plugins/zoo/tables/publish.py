"""Files of a finished run for publication: weights, named by their hash, and a model card."""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from seg_plugins.checkpoints.fitting import open_checkpoint
from seg_plugins.checkpoints.weight_names import plain_weights
from seg_plugins.config.variables import keep_braces
from seg_plugins.files.atomic import write_bytes
from seg_plugins.models.deployed_config import deployed_config

from ..runs.provenance import sha256
from ..suites.config_hash import config_hash, resolved_config, rule_of
from ..suites.record import read_record
from .model_card import model_card
from .unlisted_run import facts_of_run

__all__ = ["PublishedFiles", "check_final", "hash_of_weights", "publish", "publish_unlisted", "weights_only"]

KEPT_META = ("dataset_meta", "cfg", "iter", "epoch", "mmengine_version")


@dataclass(frozen=True)
class PublishedFiles:
    """The written files.

    Attributes:
        weights: The `.pth` file for `init_model` and `tools/test.py`.
        safetensors: The same tensors without any pickled object.
        card: The model card.
        config: The config as run, if no suite lists the run; otherwise None.
    """

    weights: Path
    safetensors: Path
    card: Path
    config: Path | None = None


def check_final(path: Path, checkpoint: Mapping[str, Any], max_iters: int, record: Mapping[str, Any]) -> None:
    """Refuse a checkpoint other than the one that the record's figures belong to.

    Args:
        path: The checkpoint file.
        checkpoint: Its content.
        max_iters: The last iteration of its config.
        record: The run's record.

    Raises:
        ValueError: Training has not ended, another file was tested, or weights are not finite.
    """
    done = checkpoint.get("meta", {}).get("iter")
    if done is not None and max_iters and done < max_iters:
        raise ValueError(
            f"{path} is not final: iteration {done} of {max_iters}; continue with --resume first"
        )
    digest = sha256(path)
    if record["checkpoint_sha256"] != digest:
        raise ValueError(
            f"{path} (sha256 {digest[:12]}) is not the checkpoint of its record "
            f"({record['checkpoint_sha256'][:12]}, {record.get('checkpoint')}): its figures are not known"
        )
    require_finite(path, checkpoint)


def require_finite(path: Path, checkpoint: Mapping[str, Any]) -> None:
    """Raise ValueError if weights of a checkpoint are not finite."""
    state = checkpoint["state_dict"]
    broken = [k for k, v in state.items() if v.is_floating_point() and not torch.isfinite(v).all()]
    if broken:
        raise ValueError(f"{path} has weights that are not finite: {', '.join(broken[:3])}")


def weights_only(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Extract weights and their description, without optimiser and folders, as independent CPU tensors."""
    state = {
        name: value.detach().cpu().contiguous().clone() for name, value in checkpoint["state_dict"].items()
    }
    meta = checkpoint.get("meta", {})
    kept = {key: meta[key] for key in KEPT_META if key in meta}
    if isinstance(kept.get("cfg"), str):
        kept["cfg"] = without_places(kept["cfg"])
    return {"meta": kept, "state_dict": state}


def without_places(config: str) -> str:
    """Remove the folders of the machine from a config's text."""
    return re.sub(r"(?m)^(work_dir|load_from) = .*$", r"\1 = None", config)


def hash_of_weights(state: Mapping[str, torch.Tensor]) -> str:
    """Compute the SHA-256 over names, shapes, dtypes and bytes of all tensors; both file formats agree."""
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
        root: The folder that holds `configs/`, for the paths in the card.

    Returns:
        The files, `<config>.seed<n>-<hash>.{pth,safetensors,md}`.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: The checkpoint is not final, belongs to another record or config, or asks for code without
            `trust_checkpoint=True` in the config.
    """
    record = read_record(record_file)
    resolved = resolved_config(config, record.get("options"), record["seed"])
    if config_hash(resolved, rule_of(record)) != record["config_hash"]:
        raise ValueError(f"{record_file} is of another version of {config}: run it again before publishing")
    loaded = weights_of_training(checkpoint, resolved)
    check_final(checkpoint, loaded, int((resolved.get("train_cfg") or {}).get("max_iters") or 0), record)
    name = config.relative_to(root).as_posix() if config.is_relative_to(root) else config.name
    loaded = with_plain_weights(loaded, deployed_config(resolved)[1])
    return write_files(loaded, record, resolved, config.stem, name, out)


def publish_unlisted(config: Path, checkpoint: Path, out: Path) -> PublishedFiles:
    """Write weights, config and model card of a run that no suite lists; the card states this.

    Of a regime's run, such as one of teacher and student, they are those of the segmentor that it trained.

    Args:
        config: The config: the copy in the run's work directory, or the original.
        checkpoint: The checkpoint.
        out: The folder to write to.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: The file is not a checkpoint of a training, or its weights are not finite.
    """
    resolved = resolved_config(config)
    loaded = weights_of_training(checkpoint, resolved)
    require_finite(checkpoint, loaded)
    resolved, branch = deployed_config(resolved)
    loaded = with_plain_weights(loaded, branch)
    facts = facts_of_run(resolved, checkpoint, loaded)
    stem = f"{config.stem}.seed{facts['seed']}-{hash_of_weights(weights_only(loaded)['state_dict'])[:8]}"
    files = write_files(loaded, facts, resolved, config.stem, f"{stem}.py", out)
    text = without_places(keep_braces(resolved.pretty_text))
    write_bytes(out / f"{stem}.py", text.encode())
    return replace(files, config=out / f"{stem}.py")


def weights_of_training(checkpoint: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a checkpoint; raise ValueError if it does not come from a training."""
    loaded = open_checkpoint(checkpoint, config.get("trust_checkpoint", False))
    if "state_dict" not in loaded:
        raise ValueError(f"{checkpoint} has no `state_dict`: it is not a checkpoint of a training")
    return loaded


def with_plain_weights(loaded: Mapping[str, Any], branch: str) -> dict[str, Any]:
    """Return a checkpoint with the weights of the segmentor that is used after training."""
    return {**loaded, "state_dict": dict(plain_weights(loaded["state_dict"], branch))}


def write_files(
    loaded: Mapping[str, Any],
    record: Mapping[str, Any],
    resolved: Mapping[str, Any],
    stem: str,
    config_name: str,
    out: Path,
) -> PublishedFiles:
    """Write weights and model card.

    Args:
        loaded: The checkpoint.
        record: The run's record, or the entries of it that are known.
        resolved: The config as run.
        stem: First part of the file names.
        config_name: Name of the config in the card.
        out: The folder to write to.
    """
    from safetensors.torch import save

    small = weights_only(loaded)
    digest = hash_of_weights(small["state_dict"])
    stem = f"{stem}.seed{record['seed']}-{digest[:8]}"
    files = PublishedFiles(*(out / f"{stem}.{ending}" for ending in ("pth", "safetensors", "md")))
    buffer = io.BytesIO()
    torch.save(small, buffer)
    write_bytes(files.weights, buffer.getvalue())
    meta = small["meta"].get("dataset_meta") or {}
    notes = {
        "sha256": digest,
        "config": Path(config_name).name,
        "dataset_meta": json.dumps(meta, default=str),
    }
    write_bytes(files.safetensors, save(small["state_dict"], metadata=notes))
    card = model_card(record, resolved, meta, digest, files.weights.name, config_name)
    write_bytes(files.card, card.encode())
    return files
