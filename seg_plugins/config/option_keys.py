"""Check of `--cfg-options` for misspelt keys, which upstream adds silently."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config

from .suggestions import close_names, did_you_mean
from .type_names import find_type
from .variables import READ_KEYS

__all__ = ["assignment", "check_option_keys", "fitting_number", "value_text", "without_effect"]

NEAR = 0.75
# Keys that a builder removes before it builds the object.
BUILDER_KEYS = {
    "type",
    "_scope_",
    "_delete_",
    "constructor",
    "paramwise_cfg",
    "priority",
    "convert_to_iter_based",
}


def accepted_arguments(node: Mapping) -> tuple[set[str], bool]:
    """Return the argument names of the class named by `node["type"]`, and whether it takes any others.

    If the type is not registered, any name is possible (`{}, True`).
    """
    built = find_type(node.get("type"))
    if built is None:
        return set(), True
    parameters = inspect.signature(built).parameters.values()
    return {p.name for p in parameters}, any(p.kind is p.VAR_KEYWORD for p in parameters)


def check_new_key(node: Mapping, key: str, option: str) -> None:
    """Refuse a key that `node` does not have yet if nothing would read it.

    Raises:
        ValueError: The type takes no such argument, or the key is close to an existing one.
    """
    arguments, takes_any = accepted_arguments(node)
    if key in arguments or key in BUILDER_KEYS:
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


def expanded(options: Mapping[str, Any]) -> dict[str, Any]:
    """Split options that are dictionaries, which are merged, into dotted keys."""
    found: dict[str, Any] = {}
    for option, value in options.items():
        merges = isinstance(value, Mapping) and value and "_delete_" not in value
        members = {f"{option}.{key}": member for key, member in value.items()} if merges else {}
        found |= expanded(members) if members else {option: value}
    return found


def check_new_value(value: Any, option: str) -> None:
    """Check the dictionaries of a value that replaces an old one.

    Raises:
        ValueError: A type takes no such argument.
    """
    members = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, list | tuple):
        members = enumerate(value)
    for key, member in members:
        if isinstance(value, Mapping):
            check_new_key({"type": value.get("type")}, str(key), f"{option}.{key}")
        check_new_value(member, f"{option}.{key}")


def check_option_keys(cfg: Config, options: Mapping[str, Any]) -> None:
    """Check each dotted key against the config and against the arguments of its target.

    New keys are allowed where something reads them, for example `train_dataloader.dataset.indices=8`.

    Args:
        cfg: The config before the merge.
        options: Dotted keys and values.

    Raises:
        ValueError: A key names nothing; the message shows similar names.
    """
    top_level = set(cfg) | READ_KEYS
    options = expanded(options)
    for option, value in options.items():
        check_new_value(value, option)
        node: Any = cfg
        keys = option.split(".")
        if keys[0] not in top_level:
            raise ValueError(
                f"--cfg-options {option}: the config has no {keys[0]!r}.{did_you_mean(keys[0], top_level)}"
            )
        for depth, key in enumerate(keys):
            if isinstance(node, Mapping | Config):
                if key not in node and depth > 0:
                    type_key = ".".join([*keys[:depth], "type"])  # if the options change the type too
                    change = {"type": options[type_key]} if type_key in options else {}
                    check_new_key({**node, **change}, key, option)
                node = node.get(key, {})
            elif isinstance(node, list | tuple) and key.isdigit():
                if int(key) >= len(node):
                    raise ValueError(
                        f"--cfg-options {option}: {'.'.join(keys[:depth])} has {len(node)} entries"
                    )
                node = node[int(key)]
            elif node is None:
                node = {}
            else:
                break


def value_at(cfg: Config, option: str) -> Any:
    """Return the value of a config at a dotted key, or None if it has no such key."""
    node: Any = cfg
    for key in option.split("."):
        if isinstance(node, Mapping | Config):
            node = node.get(key)
        elif isinstance(node, list | tuple) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node


def fitting_number(cfg: Config, option: str, value: Any) -> Any:
    """Convert a number such as `1e4` to an integer if the config holds an integer there."""
    held = value_at(cfg, option)
    if type(held) is int and isinstance(value, float) and value.is_integer() and abs(value) >= 10:
        return int(value)
    return value


def value_text(key: str, value: Any) -> str:
    """Return `key=value`, or the key alone if the value is long."""
    text = f"{key}={value}"
    return text if len(text) < 80 else key


def assignment(key: str, value: str) -> str:
    """Write a dotted key as a line of a config file.

    >>> assignment("train_dataloader.dataset.pipeline", "train_pipeline")
    'train_dataloader = dict(dataset=dict(pipeline=train_pipeline))'
    """
    first, *rest = key.split(".")
    if any(part.isdigit() for part in rest):
        return f"the list that holds {key}"
    for part in reversed(rest):
        value = f"dict({part}={value})"
    return f"{first} = {value}"


def nodes(node: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield every value below a node of a config with its dotted key."""
    yield place, node
    members = node.items() if isinstance(node, Mapping) else ()
    if isinstance(node, list) and any(isinstance(member, Mapping) for member in node):
        members = enumerate(node)
    for key, member in members:
        yield from nodes(member, f"{place}.{key}")


def without_effect(cfg: Config, name: str, options: Mapping[str, Any]) -> str:
    """Warn about a top-level key that no file of the config uses, or refuse it.

    Args:
        cfg: The config before the merge.
        name: The key.
        options: All options.

    Returns:
        A warning, if no existing key could have been meant.

    Raises:
        ValueError: The keys that were meant are known and are not among the options.
    """
    own = cfg.to_dict()
    held, meant = own[name], []
    for top in READ_KEYS & own.keys():
        for key, value in nodes(own[top], top):
            last = key.rpartition(".")[2]
            if last == name or (held and isinstance(held, str | list | tuple | dict) and value == held):
                meant.append(key)
    if meant and not any(option.startswith(tuple(meant)) for option in options):
        raise ValueError(
            f"--cfg-options {name}: has no effect, as no file of the config uses it. Set instead: "
            + ", ".join(sorted(meant))
        )
    return f"warning: --cfg-options {name}: has no effect, unless code of your own reads it"
