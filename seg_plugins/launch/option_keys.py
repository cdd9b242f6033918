"""`--cfg-options` with a misspelt key: upstream adds it silently and the run goes on without it."""

import inspect
from collections.abc import Mapping

from mmengine.config import Config
from mmengine.runner import Runner

from .suggestions import close_names, did_you_mean
from .type_names import find_type

__all__ = ["check_option_keys"]

# Top-level keys that tools and Runner read through `cfg.get` besides Runner's own arguments.
TOOL_KEYS = {
    "auto_scale_lr", "compile", "fast", "find_unused_parameters", "model_wrapper_cfg", "optim_wrapper",
    "runner_type", "sync_bn", "trust_checkpoint", "tta_model", "tta_pipeline", "work_dir",
}  # fmt: skip
NEAR = 0.75


def accepted_arguments(node: Mapping) -> tuple[set[str], bool]:
    """Argument names that the class named by `node["type"]` accepts, and whether it takes any other.

    Without a registered type, any name may be meant (`{}, True`).
    """
    built = find_type(node.get("type"))
    if built is None:
        return set(), True
    parameters = inspect.signature(built).parameters.values()
    return {p.name for p in parameters}, any(p.kind is p.VAR_KEYWORD for p in parameters)


def check_new_key(node: Mapping, key: str, option: str) -> None:
    """A key that `node` does not have yet: refuse it where nothing would read it.

    Raises:
        ValueError: The type takes no such argument, or the key is nearly one that is there.
    """
    arguments, takes_any = accepted_arguments(node)
    if key in arguments:
        return
    known = sorted({str(k) for k in node} | arguments - {"self", "args", "kwargs"})
    if not takes_any:
        raise ValueError(
            f"--cfg-options {option}: {node['type']} takes no {key!r}."
            f"{did_you_mean(key, known)} It takes: {', '.join(known)}"
        )
    if close_names(key, known, cutoff=NEAR):
        raise ValueError(
            f"--cfg-options {option}: the config has no {key!r}.{did_you_mean(key, known, cutoff=NEAR)}"
        )


def check_option_keys(cfg: Config, options: Mapping[str, object]) -> None:
    """Check each dotted key against the config and against what its target accepts.

    New keys are allowed where something reads them, for instance `train_dataloader.dataset.indices=8`.

    Args:
        cfg: The config before the merge.
        options: Dotted key to value.

    Raises:
        ValueError: A key names nothing; the message shows near misses.
    """
    top_level = set(cfg) | set(inspect.signature(Runner.__init__).parameters) - {"self"} | TOOL_KEYS
    for option in options:
        node: object = cfg
        keys = option.split(".")
        for depth, key in enumerate(keys):
            if isinstance(node, Mapping | Config):
                if depth == 0 and key not in top_level:
                    raise ValueError(
                        f"--cfg-options {option}: the config has no {key!r}.{did_you_mean(key, top_level)}"
                    )
                if key not in node:
                    if depth > 0:
                        type_key = ".".join([*keys[:depth], "type"])  # where the options change the type too
                        change = {"type": options[type_key]} if type_key in options else {}
                        check_new_key({**node, **change}, key, option)
                    break
                node = node[key]
            elif isinstance(node, list | tuple) and key.isdigit() and int(key) < len(node):
                node = node[int(key)]
            else:
                break
