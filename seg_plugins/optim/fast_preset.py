"""The fast preset: one switch per measure, written into the config before the run is built."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.config import Config

from .autocast_optim_wrapper import resolve_dtype

__all__ = ["HALF", "SWITCHES", "expand_fast", "read_switches"]

HALF = ("bfloat16", "float16")
SWITCHES = dict(autocast="auto", channels_last=True, fused=True, chunked_loss=True, compile=False)
HOOKS = dict(channels_last="ChannelsLastHook", chunked_loss="ChunkedLossHook", compile="CompileHook")
FUSED = ("SGD", "Adam", "AdamW", "Adagrad")


def read_switches(fast: bool | dict[str, Any] | None) -> dict[str, Any]:
    """Return the value of every switch.

    Args:
        fast: The config's `fast`: True for the preset, False or None for none, or a dictionary that overrides
            single switches of the preset.

    Raises:
        ValueError: If a switch does not exist.

    >>> read_switches(dict(fused=False))["fused"], read_switches(True)["fused"], read_switches(False)["fused"]
    (False, True, False)
    """
    if not fast:
        return dict.fromkeys(SWITCHES, False)
    chosen = {} if fast is True else dict(fast)
    if unknown := sorted(chosen.keys() - SWITCHES.keys()):
        raise ValueError(f"fast: there is no switch {', '.join(unknown)}; choose among {', '.join(SWITCHES)}")
    return SWITCHES | chosen


def chosen_dtype(switch: str, wrapper: Mapping[str, Any]) -> str:
    """Return the dtype of the preset's wrapper: the switch's, but "auto" keeps a 16-bit type already set.

    In this way `--amp` and a config's own mixed precision remain in force with the preset.

    >>> chosen_dtype("auto", dict(type="AutocastOptimWrapper", dtype="float16"))
    'float16'
    """
    own = wrapper.get("dtype") or ("float16" if wrapper.get("type") == "AmpOptimWrapper" else None)
    return own if switch == "auto" and own in HALF else switch


def expand_fast(cfg: Config) -> None:
    """Write into `cfg` what `cfg.fast` switches on; a second call changes nothing.

    autocast: `optim_wrapper` becomes `AutocastOptimWrapper` of `chosen_dtype`, and a validation on a CPU uses
        the same dtype. fused: the optimiser's fused kernel, if it has one. channels_last, chunked_loss,
        compile: the hooks of these names (`compile` may be a dictionary of options for `torch.compile`).

    Args:
        cfg: A complete config; changed in place.
    """
    switches = read_switches(cfg.get("fast"))
    wrapper = cfg.get("optim_wrapper")
    if switches["autocast"] and wrapper is not None:
        wrapper.dtype = chosen_dtype(switches["autocast"], wrapper)
        wrapper.type = "AutocastOptimWrapper"
        on_gpu = torch.cuda.is_available()
        if not on_gpu and cfg.get("val_cfg"):
            cfg.val_cfg.fp16 = resolve_dtype(wrapper.dtype, torch.device("cpu")) != torch.float32
    if switches["fused"] and wrapper is not None and wrapper.optimizer.type in FUSED:
        wrapper.optimizer.fused = True
    hooks = list(cfg.get("custom_hooks") or [])
    for switch, kind in HOOKS.items():
        if switches[switch] and all(hook["type"] != kind for hook in hooks):
            options = switches[switch] if isinstance(switches[switch], dict) else {}
            hooks.append(dict(type=kind, **options))
    if hooks:
        cfg.custom_hooks = hooks
