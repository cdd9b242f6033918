"""The subcommands of `tools/benchmark.py` that time networks: latencies, advise."""

import argparse

from rich.console import Console
from rich.table import Table

from seg_plugins.config.suggestions import did_you_mean
from seg_plugins.zoo.efficiency import find_advice, pareto_front, update_latencies
from seg_plugins.zoo.efficiency.latency import data_token
from seg_plugins.zoo.suites.layout import Layout

__all__ = ["advise", "configs_of", "latencies"]


def configs_of(layout: Layout, name: str) -> list[str]:
    """Return the configs that a data set's token stands for, or the config itself.

    Raises:
        ValueError: There is no such config or data set.
    """
    folder = layout.configs
    if name.endswith(".py"):
        if not (folder / name).is_file():
            raise ValueError(f"{folder / name}: no such config; paths are relative to {folder}")
        return [name]
    found = sorted(folder.glob(f"[!_]*/*_{name}-*.py"))
    if not found:
        tokens = {data_token(path.stem) for path in folder.glob("[!_]*/*.py")}
        raise ValueError(f"{name}: no config is of such a data set.{did_you_mean(name, sorted(tokens))}")
    return [path.relative_to(folder).as_posix() for path in found if "-fit_" not in path.name]


def latencies(layout: Layout, args: argparse.Namespace, console: Console) -> int:
    """Measure networks, and store the figures; return 1 if one could not be measured, otherwise 0."""

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    check_numbers(args)
    names = [config for name in args.names for config in configs_of(layout, name)]
    size = tuple(args.size) if args.size else None
    return 1 if update_latencies(layout, names, size, args.threads, say) else 0


def check_numbers(args: argparse.Namespace) -> None:
    """Check the numbers of the command line.

    Raises:
        ValueError: One is below 1; the message says which.
    """
    for name in ("threads", "ms", "size"):
        value = getattr(args, name, None)
        least = min(value) if isinstance(value, list) else value
        if least is not None and not least >= 1:
            raise ValueError(f"--{name} is at least 1; got {least:g}")


def advise(layout: Layout, args: argparse.Namespace, console: Console) -> int:
    """Print the networks that fit a time limit here, the most accurate first; return 1 if none does.

    Args:
        layout: The checkout.
        args: The arguments of `tools/benchmark.py advise`.
        console: Console to print on.
    """

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    check_numbers(args)
    configs_of(layout, args.data)
    found, (low, high) = find_advice(
        layout, args.data, tuple(args.size) if args.size else None, args.threads, say
    )
    fitting = [network for network in found if network.ms <= args.ms]
    if not fitting:
        fastest = min(found, key=lambda network: network.ms)
        say(f"no network fits {args.ms:g} ms; the fastest is {fastest.config} with {fastest.ms:.1f} ms")
        return 1
    known = [(n.config, n.ms, n.figure) for n in fitting if n.figure is not None]
    front = set(pareto_front(known))
    table = Table("config", "ms", "", "mIoU", "iterations", "")
    for network in fitting:
        table.add_row(
            network.config,
            f"{network.ms:.1f}",
            "measured" if network.measured else "scaled",
            "-" if network.figure is None else f"{network.figure:.1f}",
            f"{network.iterations:,}" if network.iterations else "-",
            "none is both faster and better" if network.config in front else "",
        )
    console.print(table)
    say(
        f"Scaled: the stored time times the median ratio of the networks measured now, which lie between "
        f"{low:.2f} and {high:.2f}. mIoU: the best record, in per cent."
    )
    return 0
