"""The plan of a suite: its jobs, and hours estimated from FLOPs and measured step times."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from seg_plugins.config.tool_command import tool_command

from ..suites.config_hash import resolved_config
from ..suites.layout import Layout
from ..suites.suite import Model, Row, Suite

__all__ = ["Estimate", "Throughput", "checkpoint_bytes", "estimate", "measured_throughput", "show_plan"]

BACKWARD = 3.0  # a training step costs a forward pass, and about twice that for the backward pass


@dataclass(frozen=True)
class Throughput:
    """The training speed of one device.

    Attributes:
        tflops: 1e12 operations per second; forward and backward pass count as three forward passes.
        source: Origin of the figure.
    """

    tflops: float
    source: str


@dataclass(frozen=True)
class Estimate:
    """The cost of a model's runs.

    Attributes:
        model: The model.
        runs: Number of runs.
        iterations: Iterations of each run.
        images: Images of each run, over all devices.
        hours: Device hours of all runs; None without FLOPs or throughput, or if nothing is trained.
        disk: Bytes of the checkpoints of all runs; None if the parameters are not counted.
    """

    model: Model
    runs: int
    iterations: int
    images: int
    hours: float | None
    disk: int | None


def checkpoint_bytes(config: Mapping[str, Any], parameters: int) -> int:
    """Return the size of the checkpoints that a run leaves: float32 weights and what the optimiser keeps.

    Args:
        config: A complete config.
        parameters: Parameters of the network, auxiliary heads included.
    """
    optimizer = (config.get("optim_wrapper") or {}).get("optimizer") or {}
    adaptive = str(optimizer.get("type", "")).startswith("Adam")
    copies = 1 + (2 if adaptive else bool(optimizer.get("momentum")))
    copies += sum("EMA" in str(hook.get("type")) for hook in config.get("custom_hooks") or [])
    hook = (config.get("default_hooks") or {}).get("checkpoint") or {}
    iterations = int((config.get("train_cfg") or {}).get("max_iters") or 0)
    written = max(1, iterations // max(1, int(hook.get("interval", 1))))
    limit = int(hook.get("max_keep_ckpts", -1))
    kept = written if limit < 0 else min(written, limit)
    return 4 * copies * parameters * (kept + bool(hook.get("save_best")))


def measured_throughput(suite: Suite, records: Iterable[Mapping[str, Any]]) -> Throughput | None:
    """Measure the throughput of the suite's machine class.

    Args:
        suite: The suite; without records, its `machine.tflops` with `machine.tflops_source` is used.
        records: Records whose `hardware` may be of that class.

    Returns:
        The median over records on such a machine, else the suite's own figure, else None.
    """
    device = str(suite.machine.get("device", "")).lower()
    found = []
    for record in records:
        names = record["hardware"].get("gpus") or [record["hardware"].get("cpu", "")]
        if (
            device
            and device in str(names[0]).lower()
            and record.get("flops")
            and record.get("images_per_second")
        ):
            devices = max(1, len(record["hardware"].get("gpus") or []))
            found.append(BACKWARD * record["flops"] * record["images_per_second"] / devices / 1e12)
    if found:
        return Throughput(statistics.median(found), f"measured, median of {len(found)} records")
    if "tflops" in suite.machine:
        return Throughput(float(suite.machine["tflops"]), str(suite.machine.get("tflops_source", "assumed")))
    return None


def estimate(
    layout: Layout,
    model: Model,
    runs: int,
    cost: Mapping[str, Any],
    throughput: Throughput | None,
    devices: int,
) -> Estimate:
    """Estimate the cost of runs of a model.

    Args:
        layout: The checkout.
        model: The model.
        runs: Number of runs.
        cost: Its entry in the costs file; may be empty.
        throughput: Training speed of one device.
        devices: Devices of each run.
    """
    config = resolved_config(layout.config(model.config), model.options)
    iterations = int((config.get("train_cfg") or {}).get("max_iters") or 0) if model.trains else 0
    images = iterations * int(config.train_dataloader.batch_size) * max(1, devices)
    hours = None
    if throughput and cost.get("flops") and model.trains:
        hours = runs * images * BACKWARD * cost["flops"] / (throughput.tflops * 1e12) / 3600
    disk = None
    if cost.get("parameters") and model.trains:
        disk = runs * checkpoint_bytes(config, int(cost["parameters"]))
    return Estimate(model, runs, iterations, images, hours, disk)


def show_plan(
    layout: Layout,
    suite: Suite,
    rows: list[Row],
    costs: Mapping[str, Any],
    throughput: Throughput | None,
    console: Console,
    price: float | None = None,
) -> list[Estimate]:
    """Print the jobs and their estimated cost.

    Args:
        layout: The checkout.
        suite: The suite.
        rows: The runs that would start.
        costs: Parameters and FLOPs by config.
        throughput: Training speed of one device of the machine class.
        console: Console to print on.
        price: Price of a device hour, in the user's currency.
    """
    gpus = suite.on_gpu
    counts: dict[str, list[Row]] = {}
    for row in rows:
        counts.setdefault(row.model.line, []).append(row)
    found = [
        estimate(layout, model, len(mine), costs.get(model.config, {}), throughput, model.devices)
        for model, mine in ((mine[0].model, mine) for mine in counts.values())
    ]
    table = Table("model", "runs", "iterations", "GFLOPs", f"{'GPU' if gpus else 'CPU'} hours", box=None)
    for one in found:
        flops = costs.get(one.model.config, {}).get("flops")
        hours = "?" if one.hours is None else f"{one.hours:.2f}"
        gflops = "?" if not flops else f"{flops / 1e9:.1f}"
        table.add_row(escape(one.model.name), str(one.runs), str(one.iterations), gflops, hours)
    console.print(table)
    for line in plan_words(layout, suite, found, costs, throughput, price):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return found


def plan_words(
    layout: Layout,
    suite: Suite,
    found: Sequence[Estimate],
    costs: Mapping[str, Any],
    throughput: Throughput | None,
    price: float | None = None,
) -> Iterator[str]:
    """Yield the number and hours of the runs; for unknown values, how to obtain them."""
    runs, kind = sum(one.runs for one in found), "GPU" if suite.on_gpu else "CPU"
    device = suite.machine.get("name", kind)
    hours = [one.hours for one in found if one.hours is not None]
    basis = f" at {throughput.tflops:.3g} TFLOP/s per device ({throughput.source})" if throughput else ""
    total = f": {sum(hours):.2f} {kind} hours{basis}" if hours else ""
    yield f"{runs} {'run' if runs == 1 else 'runs'} on {device}{total}"
    if price is not None and hours:
        yield f"at {price:g} for a {kind} hour that is {price * sum(hours):.2f}"
    disk = [one.disk for one in found if one.disk is not None]
    if disk:
        yield f"their checkpoints take {sum(disk) / 2**30:.1f} GiB"
    unknown = sum(not costs.get(one.model.config, {}).get("flops") for one in found)
    if unknown:
        command = tool_command("benchmark", "costs", layout.spoken(suite.name))
        what = "one model" if unknown == 1 else f"{unknown} models"
        yield f"the operations of {what} are not counted yet, so hours are unknown: {command}"
    if throughput is None:
        yield (
            "the speed of this machine, and with it the hours, is known after the first run on such a "
            "machine (`machine: {device: ...}` in the suite), or from `machine: {tflops: ...}`"
        )
