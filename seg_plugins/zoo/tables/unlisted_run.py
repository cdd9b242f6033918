"""Facts about a trained model that no suite lists, from its checkpoint and a test of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..runs.collect import split_metrics
from ..suites.config_hash import RULE, config_hash

__all__ = ["config_of_run", "facts_of_run"]

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def config_of_run(work_dir: Path) -> Path:
    """Return the config that a training wrote into its work directory.

    Raises:
        FileNotFoundError: The work directory has no config.
    """
    found = sorted(work_dir.glob("*.py"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError(
            f"{work_dir} lacks the config that a training writes: pass CONFIG CHECKPOINT instead"
        )
    return found[-1]


def tested(checkpoint: Path) -> Mapping[str, Any]:
    """Return the figures of a test in the checkpoint's folder; empty if there was none."""
    try:
        found = json.loads((checkpoint.parent / "metrics.json").read_bytes())
        same = Path(found["checkpoint"]).name == checkpoint.name
        return dict(found["metrics"]) if same and not found.get("tta") else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def facts_of_run(config: Mapping[str, Any], checkpoint: Path, loaded: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a record that are known without a suite.

    Args:
        config: The resolved config.
        checkpoint: The checkpoint.
        loaded: Its content.
    """
    meta, state = loaded.get("meta", {}), loaded["state_dict"]
    metrics, classes = split_metrics(tested(checkpoint))
    seed = meta.get("seed")
    size = ((config.get("model") or {}).get("data_preprocessor") or {}).get("size")
    return {
        "seed": seed if isinstance(seed, int) else (config.get("randomness") or {}).get("seed") or 0,
        "iterations": meta.get("iter"),
        "batch": (config.get("train_dataloader") or {}).get("batch_size"),
        "input": size,
        "parameters": sum(v.numel() for key, v in state.items() if not key.endswith(STATISTICS)),
        "metrics": metrics,
        "classes": classes,
        "config_hash": config_hash(config),
        "hash_rule": RULE,
        "checkpoint": checkpoint.name,
    }
