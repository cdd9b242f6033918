"""Milliseconds and memory of deployed networks, kept in `configs/suites/latencies.json`."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from seg_plugins.files.atomic import locked

from ..runs.cost import model_hash, training_crop
from ..runs.provenance import cpu_model
from ..suites.config_hash import resolved_config
from ..suites.layout import Layout
from ..suites.record import write_record

__all__ = [
    "data_token",
    "height_by_width",
    "known_latencies",
    "latencies_file",
    "measure_latency",
    "update_latencies",
]

ROUNDS, SECONDS = (10, 200), 3.0  # fewest and most passes; a measurement ends after these seconds


def latencies_file(layout: Layout) -> Path:
    """Return the path of the file of latencies."""
    return layout.suites / "latencies.json"


def known_latencies(layout: Layout) -> dict[str, dict[str, Any]]:
    """Load what was measured: config path below `configs/` -> size "HxW" -> figures."""
    path = latencies_file(layout)
    return json.loads(path.read_bytes()) if path.is_file() else {}


def data_token(config: str) -> str:
    """Return the data set in a config's name.

    >>> data_token("fcn/fcn_tiny_1xb4-1k_synth-streets-128x256.py")
    'synth-streets'
    """
    return config.rpartition("_")[2].rpartition("-")[0]


def height_by_width(size: tuple[int, int]) -> str:
    """Return a size (H, W) as it is written.

    >>> height_by_width((512, 1024))
    '512x1024'
    """
    return f"{size[0]}x{size[1]}"


def measure_latency(path: str, size: tuple[int, int] | None = None) -> dict[str, Any]:
    """Time a config's network on this CPU as it is deployed: one image, float32, batch norms folded.

    The network runs with channels first and with channels last, in turns; the faster order counts.

    Args:
        path: The config file; the weights are random.
        size: Size (H, W) of the image in pixels; None is the training crop.

    Returns:
        `ms`, the median, and `p95`, the 95th percentile, of a pass in milliseconds; `memory_mib`, by which
        the process grew at most while the image was computed; `order`, of the channels; `threads`; `cpu`;
        `size` "HxW"; `model`, the hash of the model section.
    """
    import torch

    from seg_plugins.inference.folding import fold_batch_norms
    from seg_plugins.models import load_model

    loaded = load_model(path, device="cpu")
    height, width = size or training_crop(loaded.config)
    network, inputs = loaded.network.eval(), loaded.example((height, width))
    fold_batch_norms(network)
    times: dict[str, list[float]] = {"first": [], "last": []}
    idle, started = _peak_mib(), time.perf_counter()
    with torch.inference_mode():
        for index in range(2 * ROUNDS[1] + 2):
            last = bool(index % 2)
            order = torch.channels_last if last else torch.contiguous_format
            network.to(memory_format=order)
            image = inputs.contiguous(memory_format=order)
            if index < 2:
                network(image, mode="tensor")  # the first pass of an order prepares its kernels
                continue
            begin = time.perf_counter()
            network(image, mode="tensor")
            times["last" if last else "first"].append(1000 * (time.perf_counter() - begin))
            enough = len(times["last"]) >= ROUNDS[0]
            if last and enough and time.perf_counter() - started > SECONDS:
                break
    order = min(times, key=lambda name: statistics.median(times[name]))
    return {
        "ms": round(statistics.median(times[order]), 3),
        "p95": round(statistics.quantiles(times[order], n=20)[-1], 3),
        "memory_mib": round(_peak_mib() - idle, 1),
        "order": f"channels {order}",
        "threads": torch.get_num_threads(),
        "cpu": cpu_model(),
        "size": height_by_width((height, width)),
        "model": model_hash(resolved_config(Path(path))),
    }


def _peak_mib() -> float:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def measured_apart(
    layout: Layout, name: str, size: tuple[int, int] | None, threads: int
) -> dict[str, Any] | None:
    """Time a config's network in a process of its own; None if it cannot be built or run."""
    words = [str(layout.config(name)), *map(str, size or ())]
    done = subprocess.run(
        [sys.executable, "-m", "seg_plugins.zoo.efficiency.latency", *words],
        cwd=layout.root,
        env=layout.environment(threads),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"ms"')]
    return json.loads(lines[-1]) if lines else None


def update_latencies(
    layout: Layout,
    configs: Iterable[str],
    size: tuple[int, int] | None,
    threads: int,
    say: Callable[[str], None] = lambda line: None,
) -> list[str]:
    """Measure configs one after another, and store each figure at once.

    Args:
        layout: The checkout.
        configs: Config paths below `configs/`.
        size: Size (H, W) of the image in pixels; None is each config's training crop.
        threads: Threads of PyTorch.
        say: Function that is called with a line for every config.

    Returns:
        The configs that could not be measured.
    """
    failed = []
    for name in configs:
        figures = measured_apart(layout, name, size, threads)
        if figures is None:
            failed.append(name)
            say(f"{name}: not measured: it does not build or run at that size")
            continue
        with locked(latencies_file(layout)):
            known = known_latencies(layout)
            known.setdefault(name, {})[figures.pop("size")] = figures
            write_record(latencies_file(layout), known)
        say(f"{name}: {figures['ms']:.1f} ms, {figures['memory_mib']:.0f} MiB")
    return failed


if __name__ == "__main__":
    given = tuple(int(word) for word in sys.argv[2:4])
    print(json.dumps(measure_latency(sys.argv[1], (given[0], given[1]) if given else None)), flush=True)
