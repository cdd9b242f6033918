"""Show a config as it runs, and what it changes against its bases.

`python tools/print_config.py CONFIG [--diff] [--cfg-options K=V ...]`

Without `--diff` the resolved config is printed, ready to be saved and run. With it, only the keys that the
config itself adds (`+`), changes (`~`, old -> new) or removes (`-`) against the bases it is made of.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction


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
    """One line for every key that `new` adds, changes or removes.

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


def bases_of(path: Path) -> list[Path]:
    """The files that a text-style config names in `_base_`, in order."""
    named = Config._get_base_files(str(path))
    return [path.parent / name for name in ([named] if isinstance(named, str) else named)]


def merged_bases(path: Path) -> dict:
    """All bases of a config laid over one another, as if the config added nothing."""
    merged: dict = {}
    for base in bases_of(path):
        merged |= Config.fromfile(base).to_dict()
    return merged


def main(arguments: list[str] | None = None) -> int:
    """Run the tool; returns 0, or 2 when the config cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--diff", action="store_true", help="only what differs from the bases")
    parser.add_argument("--cfg-options", nargs="+", action=DictAction, default={})
    args = parser.parse_args(arguments)
    try:
        config = Config.fromfile(args.config)
        config.merge_from_dict(args.cfg_options)
    except (OSError, KeyError, SyntaxError) as error:
        print(f"{args.config}: {error}", file=sys.stderr)
        return 2
    if not args.diff:
        print(config.pretty_text)
        return 0
    bases = ", ".join(base.name for base in bases_of(args.config)) or "nothing"
    print(f"{args.config} against {bases}:")
    for line in differences(merged_bases(args.config), config.to_dict()):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
