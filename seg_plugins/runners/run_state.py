"""The state of a run as plain values and tensors, which load without trusting the file."""

import textwrap
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mmengine
import numpy as np
import torch
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from mmengine.runner.checkpoint import weights_to_cpu
from mmengine.utils import apply_to

from seg_plugins.ops.unwrapping import unwrapped

from .class_names import warn_of_other_classes
from .config_changes import settings_of
from .hook_states import hook_states, load_hook_states
from .rank_state import restore_rank_state
from .resumed_settings import held_state, say_changes
from .upstream import built_loop, set_position

__all__ = ["collect_state", "is_plain", "refusing_mismatch", "restore_state"]

SCALARS = (type(None), bool, int, float, str, torch.Tensor, np.number, np.bool_)


def is_plain(value: Any) -> bool:
    """Return whether ``value`` consists of numbers, text, arrays and tensors only.

    >>> is_plain({"classes": ("road", "sky"), "palette": [[0, 0, 0]]}), is_plain(print)
    (True, False)
    """
    if isinstance(value, np.ndarray):
        return value.dtype != object
    if type(value) in (dict, OrderedDict):
        return all(is_plain(k) and is_plain(v) for k, v in value.items())
    if type(value) in (list, tuple):
        return all(map(is_plain, value))
    return isinstance(value, SCALARS)


@contextmanager
def refusing_mismatch(filename: str) -> Iterator[None]:
    """Turn upstream's list of all mismatched keys into a ValueError with the first of them."""
    try:
        yield
    except RuntimeError as error:
        if "do not match" not in str(error):
            raise
        keys = textwrap.shorten(str(error).split("\n", 1)[-1], 200, placeholder=" ...")
        raise ValueError(
            f"checkpoint {filename} is of another architecture than the config and cannot be resumed "
            f"({keys}): use the config that it was trained with, or another --work-dir"
        ) from error


def _to_cpu(value: Any) -> Any:
    return apply_to(value, lambda x: hasattr(x, "cpu"), lambda x: x.cpu())


def _message_hub_state(runner: Runner) -> dict:
    state = _to_cpu(runner.message_hub.state_dict())
    dropped = [key for key, value in state["runtime_info"].items() if not is_plain(value)]
    for key in dropped:
        del state["runtime_info"][key]
    state["resumed_keys"] = {k: v for k, v in state["resumed_keys"].items() if k not in dropped}
    return state


def _states(parts: Any) -> Any:
    if isinstance(parts, dict):
        return {name: _states(part) for name, part in parts.items()}
    return [part.state_dict() for part in parts]


def collect_state(runner: Runner, meta: dict, optimizer: bool, param_schedulers: bool) -> dict[str, Any]:
    """Collect everything that a checkpoint holds: upstream's format, plus the hooks' states.

    Args:
        runner: The run.
        meta: Its ``epoch`` and ``iter``, and anything else to record.
        optimizer: Whether to include the optimiser's state.
        param_schedulers: Whether to include the schedulers' state.

    Raises:
        TypeError: ``optimizer`` is set for a run whose optimiser wrapper is not built.
    """
    if hasattr(built_loop(runner, "train"), "position"):
        meta.update(runner.train_loop.position(meta["epoch"], meta["iter"]))
    meta.update(
        cfg=runner.message_hub.runtime_info.get("cfg") or runner.cfg.pretty_text,
        settings=settings_of(runner.cfg),
        seed=runner.seed,
        experiment_name=runner.experiment_name,
        time=time.strftime("%Y%m%d_%H%M%S"),
        mmengine_version=mmengine.__version__,
    )
    dataset_meta = getattr(runner.train_dataloader.dataset, "metainfo", None)
    if dataset_meta is not None:
        meta["dataset_meta"] = {k: v for k, v in dataset_meta.items() if is_plain(v)}
    state: dict[str, Any] = {
        "meta": meta,
        "state_dict": weights_to_cpu(unwrapped(runner.model).state_dict()),
        "message_hub": _message_hub_state(runner),
        "hooks": hook_states(runner),
    }
    if optimizer:
        if not isinstance(runner.optim_wrapper, OptimWrapper):
            raise TypeError(f"cannot save the state of {type(runner.optim_wrapper).__name__}")
        state["optimizer"] = _to_cpu(runner.optim_wrapper.state_dict())
    if param_schedulers and runner.param_schedulers is not None:
        state["param_schedulers"] = _states(runner.param_schedulers)
    return state


def restore_state(
    runner: Runner, checkpoint: dict, source: str, optimizer: bool = True, param_schedulers: bool = True
) -> None:
    """Restore the state of a run, whose weights are loaded, to that of ``checkpoint``.

    Args:
        runner: The run, with its loops, optimiser wrapper and schedulers built.
        checkpoint: Result of :func:`collect_state`.
        source: Path of the checkpoint, for messages.
        optimizer: Whether to restore the optimiser's state.
        param_schedulers: Whether to restore the schedulers' state.

    Raises:
        ValueError: The checkpoint holds only weights.
    """
    meta = checkpoint.get("meta", {})
    absent = [k for k in ("iter", "epoch") if k not in meta] + [
        k for k in ("message_hub",) if k not in checkpoint
    ]
    absent += ["optimizer"] if optimizer and "optimizer" not in checkpoint else []
    if absent:
        raise ValueError(
            f"{source} holds no training state ({', '.join(absent)} absent): use load_from without resume to "
            "start from its weights"
        )
    if hasattr(runner.train_loop, "go_to"):
        runner.train_loop.go_to(meta)
    else:
        set_position(runner.train_loop, meta["epoch"], meta["iter"])
    runner.train_loop.validated_iter = meta.get("validated_iter", 0)
    config = runner.message_hub.runtime_info.get("cfg") or runner.cfg.pretty_text
    changes = say_changes(runner, meta.get("settings"), source)
    warn_of_other_classes(runner, checkpoint, source)
    runner.message_hub.load_state_dict(checkpoint["message_hub"])
    runner.message_hub.update_info("cfg", config)
    if optimizer:
        saved, wrapper = checkpoint["optimizer"], runner.optim_wrapper
        _check_optimizer(runner, saved, source)
        if isinstance(wrapper, OptimWrapper):
            saved = held_state(wrapper, saved, changes, runner.param_schedulers)
        wrapper.load_state_dict(saved)
        if "ranks" in checkpoint:
            restore_rank_state(runner, checkpoint["ranks"], source)
    if param_schedulers and runner.param_schedulers is not None:
        _load_states(runner.param_schedulers, checkpoint.get("param_schedulers", []), source)
    load_hook_states(runner, checkpoint.get("hooks", {}))


def _check_optimizer(runner: Runner, saved: Any, source: str) -> None:
    """Refuse the state of a different optimiser, which torch would notice at the first step, if ever.

    The check compares the number of groups and the settings that the optimiser needs in each, such as
    ``betas``; it ignores switches, which other versions of torch may lack.
    """
    wrapper = runner.optim_wrapper
    if not isinstance(wrapper, OptimWrapper) or "param_groups" not in saved:
        return
    own, given = wrapper.optimizer.param_groups, saved["param_groups"]
    needed = {k for k, v in wrapper.optimizer.defaults.items() if type(v) in (int, float, tuple)}
    absent = sorted(needed - given[0].keys())
    sizes = [[len(group["params"]) for group in groups] for groups in (given, own)]
    if absent or sizes[0] != sizes[1]:
        kind = type(wrapper.optimizer).__name__
        reason = (
            f"no {', '.join(absent)}" if absent else f"{len(given)} parameter groups there, {len(own)} here"
        )
        raise ValueError(
            f"{source} holds the state of another optimiser than the config's {kind} ({reason}): use the "
            "config that it was trained with, or start from its weights by load_from without --resume"
        )


def _load_states(parts: Any, states: Any, source: str) -> None:
    if isinstance(parts, dict):
        for name, part in parts.items():
            _load_states(part, states[name], source)
        return
    if len(parts) != len(states):
        raise ValueError(
            f"{source} holds {len(states)} schedulers, the config has {len(parts)}: use the run's own config"
        )
    for part, state in zip(parts, states, strict=True):
        part.load_state_dict(state)
