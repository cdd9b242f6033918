"""Settings of a config that take effect in a run resumed from a checkpoint, and messages about the others."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from torch.optim import Optimizer

from .config_changes import changed_settings, settings_of

__all__ = [
    "held_state",
    "hold_settings_of_now",
    "in_words",
    "remaining_work",
    "say_changes",
    "schedule_end",
    "scheduled_settings",
]

MOST_CHANGES = 8
OPTIMIZER_KEY = re.compile(r"optim_wrapper\.(?:\w+\.)?optimizer\.(\w+)")
LOSS_SCALE = re.compile(r"optim_wrapper\.(?:\w+\.)?loss_scale\S*: .* -> [^\d]")  # a number is fixed
WARM_UPS = ("LinearLR", "ConstantLR")


def _schedulers(runner: Runner) -> list[Any]:
    found = runner.param_schedulers or []
    return [s for part in found.values() for s in part] if isinstance(found, dict) else list(found)


def scheduled_settings(schedulers: Sequence[Any]) -> set[str]:
    """Return the settings of an optimiser that schedulers set: `lr`, momentum, or `betas` in Adam."""
    names = {scheduler.param_name for scheduler in schedulers}
    return names | ({"betas"} if "momentum" in names else set())


def hold_settings_of_now(
    optimizer: Optimizer, saved: dict[str, Any], changes: Sequence[str], scheduled: set[str]
) -> dict[str, Any]:
    """Return an optimiser's saved state with the current values of settings that the config changed.

    PyTorch's `load_state_dict` takes every setting from the file, so `weight_decay` and `betas` of a changed
    config would have no effect.

    Args:
        optimizer: The current optimiser.
        saved: Its state in a checkpoint; it is not changed.
        changes: Lines of `changed_settings`.
        scheduled: Settings to leave to the schedulers.

    Returns:
        The state to load.
    """
    keys = {found[1] for line in changes if (found := OPTIMIZER_KEY.match(line))}
    if "type" in keys:
        keys |= optimizer.defaults.keys()
    if any(line.startswith("optim_wrapper.paramwise_cfg") for line in changes):
        keys |= {"lr", "weight_decay"}
    keys -= scheduled
    groups = [
        given | {key: own[key] for key in keys if key in own}
        for given, own in zip(saved["param_groups"], optimizer.param_groups, strict=True)
    ]
    return saved | {"param_groups": groups}


def held_state(wrapper: OptimWrapper, saved: dict, changes: Sequence[str], schedulers: Any) -> dict:
    """Apply `hold_settings_of_now` to the optimiser of a wrapper, or to each of several.

    Args:
        wrapper: The current wrapper.
        saved: State of such a wrapper.
        changes: Lines of `changed_settings`.
        schedulers: The run's schedulers: a list, or lists by the names of the optimisers.
    """
    if isinstance(wrapper, OptimWrapperDict):
        state = dict(saved)
        for name, part in wrapper.optim_wrappers.items():
            if name not in saved:
                continue
            own = [x.replace(f".{name}.", ".", 1) for x in changes if x.startswith(f"optim_wrapper.{name}.")]
            state[name] = held_state(part, saved[name], own, (schedulers or {}).get(name))
        return state
    if "param_groups" not in saved:  # of several optimisers; loading refuses it
        return saved
    scheduled = scheduled_settings(schedulers or [])
    return hold_settings_of_now(wrapper.optimizer, saved, changes, scheduled)


def _is_of_before(line: str, scheduled: set[str]) -> bool:
    """Return whether the old value of a changed setting stays in effect."""
    key = line.split(":")[0]
    if key.startswith("param_scheduler") or LOSS_SCALE.match(line):
        return True
    found = OPTIMIZER_KEY.match(key)
    if found:
        return found[1] in scheduled
    return "lr" in scheduled and key.startswith("optim_wrapper.paramwise_cfg") and key.endswith("lr_mult")


def in_words(changes: Sequence[str]) -> str:
    """List the first of many changes, and the number of the others."""
    more = f"; and {len(changes) - MOST_CHANGES} more" * (len(changes) > MOST_CHANGES)
    return "; ".join(changes[:MOST_CHANGES]) + more


def say_changes(runner: Runner, before: Mapping[str, str] | None, source: str) -> list[str]:
    """Warn of the settings that differ, separately for those in effect and those without effect.

    Args:
        runner: The run.
        before: `settings_of` for the checkpoint's config; None if the checkpoint has none, as upstream's and
            those written before.
        source: The checkpoint.

    Returns:
        The lines of `changed_settings`.
    """
    if before is None:
        runner.logger.warning(
            f"{source} does not hold its settings as data, so they are not compared with the config's. "
            "If the config was changed, the checkpoint's settings of optimiser and schedules stay in effect"
        )
        return []
    changes = changed_settings(before, settings_of(runner.cfg))
    scheduled = scheduled_settings(_schedulers(runner))
    old = [line for line in changes if _is_of_before(line, scheduled)]
    new = [line for line in changes if line not in old]
    parts = [f"{in_words(new)}. Those of now hold"] if new else []
    if old:
        parts.append(
            f"{in_words(old)}. Here those of the checkpoint go on, since schedules and scales are part of "
            "its state: for those of now start from its weights, by load_from without --resume"
        )
    if parts:
        runner.logger.warning(f"{source} was trained with other settings: {'. '.join(parts)}")
    return changes


def schedule_end(runner: Runner) -> str | None:
    """Describe a learning-rate schedule that ends before the training; None if it does not.

    A schedule that consists of a warm-up is meant to end.
    """
    wrapper = runner.optim_wrapper
    if not isinstance(wrapper, OptimWrapper):
        return None
    lasting = [s for s in _schedulers(runner) if s.param_name == "lr" and type(s).__name__ not in WARM_UPS]
    ends = [(s.end, runner.max_epochs if s.by_epoch else runner.max_iters, s) for s in lasting]
    if not ends or any(end >= last for end, last, _ in ends):
        return None
    end, last, scheduler = max(ends, key=lambda item: item[0])
    unit = "epoch" if scheduler.by_epoch else "iteration"
    return (
        f"the schedule of the learning rate, {type(scheduler).__name__}, ends at {unit} {end} and the "
        f"training at {last}: in between the rate stays as it is then. Another length of training needs "
        f"param_scheduler.end={last} from its start"
    )


def remaining_work(runner: Runner) -> str | None:
    """Say that a resumed run has nothing left to train; None if it has."""
    loop = runner.train_loop
    if getattr(loop, "stop_training", False):
        return (
            f"nothing is left to train: this run stopped early at iteration {runner.iter}. To go on, raise "
            "the patience of EarlyStoppingHook in custom_hooks"
        )
    by_epoch = hasattr(loop, "epoch_start")
    done, last = (runner.epoch, runner.max_epochs) if by_epoch else (runner.iter, runner.max_iters)
    if done < last:
        return None
    unit, key = ("epoch", "max_epochs") if by_epoch else ("iteration", "max_iters")
    if hasattr(loop, "go_to") and not by_epoch:
        key = "max_batches"
    return (
        f"nothing is left to train: {unit} {done} of {last} is done. To go on, raise train_cfg.{key}; to "
        "begin anew, leave --resume out"
    )
