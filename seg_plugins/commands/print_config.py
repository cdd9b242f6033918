"""Show a config as it runs, and what it changes against its bases.

`python tools/print_config.py CONFIG [--diff] [--cfg-options K=V ...]`

Without `--diff`, the tool prints the resolved config, ready to be saved and run. With it, the tool prints
only the keys that the config itself adds (`+`), changes (`~`, old -> new) or removes (`-`) against its bases.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from .argument_parser import ArgumentParser
from .command_line import add_cfg_options, add_config, read_arguments
from .quiet import quiet_output

__all__ = ["main", "print_parser"]


def flatten(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, leaf value); lists of dictionaries are entered, other lists are values.

    >>> dict(flatten({"a": {"b": 1}, "c": [{"d": 2}], "e": [3]}))
    {'a.b': 1, 'c.0.d': 2, 'e': [3]}
    """
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from flatten(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(inner, dict) for inner in value):
        for index, inner in enumerate(value):
            yield from flatten(inner, f"{path}.{index}")
    else:
        yield path, value


def differences(old: dict, new: dict) -> list[str]:
    """Return one line for every key that `new` adds, changes or removes.

    >>> differences({"a": 1, "b": 2}, {"a": 3, "c": 4})
    ['~ a: 1 -> 3', '- b: 2', '+ c: 4']
    """
    before, after = dict(flatten(old)), dict(flatten(new))
    lines = []
    for key in sorted(before.keys() | after.keys()):
        if key not in after:
            lines.append(f"- {key}: {before[key]!r}")
        elif key not in before:
            lines.append(f"+ {key}: {after[key]!r}")
        elif before[key] != after[key]:
            lines.append(f"~ {key}: {before[key]!r} -> {after[key]!r}")
    return lines


def print_parser() -> argparse.ArgumentParser:
    """Return the parser of print_config.py."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    add_config(parser)
    parser.add_argument("--diff", action="store_true", help="only what differs from the bases")
    add_cfg_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Print the config of the command line."""
    args = read_arguments(print_parser(), argv)
    with quiet_output():
        from seg_plugins.config.reading import file_config, read_config
        from seg_plugins.config.variables import bases_of, keep_braces

        config = read_config(args.config, args.cfg_options)
    if not args.diff:
        print(keep_braces(config.pretty_text))
        return
    bases = bases_of(args.config)
    merged: dict = {}
    for base in bases:
        merged |= file_config(base).to_dict()
    print(f"{args.config} against {', '.join(base.name for base in bases) or 'nothing'}:")
    for line in differences(merged, config.to_dict()):
        print(line)
