"""Parameters and FLOPs of the networks that suites train, kept in `configs/suites/costs.json`."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seg_plugins.files.atomic import locked

from ..suites.config_hash import resolved_config, section_hashes
from ..suites.layout import Layout
from ..suites.record import write_record

__all__ = ["costs_file", "known_costs", "measure_cost", "update_costs"]


def costs_file(layout: Layout) -> Path:
    """Return the path of the costs file."""
    return layout.suites / "costs.json"


def known_costs(layout: Layout) -> dict[str, dict[str, Any]]:
    """Load the known costs, by config path below `configs/`."""
    path = costs_file(layout)
    return json.loads(path.read_bytes()) if path.is_file() else {}


def training_crop(config: Any) -> tuple[int, int]:
    """Return the crop (H, W), in pixels, that a config trains with."""
    size = config.model.get("data_preprocessor", {}).get("size") or config.get("crop_size")
    return int(size[0]), int(size[1])


def model_hash(config: Mapping[str, Any]) -> str:
    """Hash a network as the costs file identifies it; the path of its weights does not count (rule 1)."""
    return section_hashes(config, rule=1)["model"]


def update_costs(layout: Layout, configs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Measure missing and outdated costs, in a separate process, and store them.

    Args:
        layout: The checkout.
        configs: Config paths below `configs/`.

    Returns:
        The costs of all known configs; a network that cannot be measured has no entry.
    """
    known = known_costs(layout)
    wanted = []
    for name in dict.fromkeys(configs):
        model = model_hash(resolved_config(layout.config(name)))
        if known.get(name, {}).get("model") != model:
            wanted.append(name)
    if not wanted:
        return known
    paths = {str(layout.config(name)): name for name in wanted}
    command = [sys.executable, "-m", "seg_plugins.zoo.runs.cost", *paths]
    done = subprocess.run(
        command, cwd=layout.root, env=layout.environment(1), capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"config"')]
    found = {paths[line.pop("config")]: line for line in lines}
    if not found:
        return known
    with locked(costs_file(layout)):  # other runs may add their costs at the same time
        known = known_costs(layout) | found
        write_record(costs_file(layout), known)
    return known


def measure_cost(path: str) -> dict[str, Any]:
    """Build a config's network, and count its parameters and operations.

    Args:
        path: The config file.

    Returns:
        `parameters` (all) and `inference_parameters` (without auxiliary heads); `flops` of one forward pass
        of one image at the training crop, a multiply-add counted as two; `input`, the crop (H, W); `model`,
        the hash of the model section. `flops` is None if the network cannot be traced.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from seg_plugins.models import load_model

    loaded = load_model(path, device="cpu")
    model, size = loaded.network, training_crop(loaded.config)
    flops = None
    for device in ("meta", "cpu"):
        counter = FlopCounterMode(display=False)
        try:
            network = copy.deepcopy(model).to(device)
            with counter, torch.no_grad(), torch.device(device):
                network(loaded.example(size, device=device), mode="tensor")
            flops = counter.get_total_flops()
            break
        except (RuntimeError, NotImplementedError, TypeError, ValueError, AttributeError):
            continue  # an operator without a meta kernel: count on real numbers
    auxiliary = getattr(model, "auxiliary_head", None)
    total = sum(p.numel() for p in model.parameters())
    extra = sum(p.numel() for p in auxiliary.parameters()) if auxiliary is not None else 0
    return {
        "parameters": total,
        "inference_parameters": total - extra,
        "flops": flops,
        "input": list(size),
        "model": model_hash(resolved_config(Path(path))),
    }


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        try:
            print(json.dumps({"config": argument, **measure_cost(argument)}), flush=True)
        except Exception as problem:  # a network that does not build must not hide the others
            print(f"{argument}: {problem}", file=sys.stderr)
