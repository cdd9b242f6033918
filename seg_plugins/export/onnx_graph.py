"""Tracing of a segmentor into an ONNX graph."""

from typing import Any

import torch
from torch.export import Dim, export

from seg_plugins.models.exported_file import EXTRA

from .graph import ExportGraph
from .sizes_in_graph import sizes_in_graph

__all__ = ["onnx_graph"]

# Odd at every stride: code that pads or resizes only if a size asks for it takes its general way.
EXAMPLE = (129, 193)
LARGEST = 16384


def onnx_graph(graph: ExportGraph) -> Any:
    """Trace a segmentor into an ONNX model, height and width open unless its facts fix them.

    Raises:
        ValueError: The `export` extra is missing, or PyTorch cannot trace the network.
    """
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        raise ValueError(f"to export, {EXTRA}") from None
    facts = graph.facts
    size = EXAMPLE if facts.size is None else tuple(facts.size)
    generator = torch.Generator().manual_seed(0)
    if facts.input == "uint8":
        example = torch.randint(0, 256, (1, *size, facts.channels), generator=generator, dtype=torch.uint8)
    else:
        example = torch.randn(1, facts.channels, *size, generator=generator)
    sides = (1, 2) if facts.input == "uint8" else (2, 3)
    opened = None
    if facts.size is None:
        opened = {
            "image": {
                side: Dim(name, min=64, max=LARGEST)
                for side, name in zip(sides, ("height", "width"), strict=True)
            }
        }
    try:
        with sizes_in_graph(), torch.no_grad():
            program = export(
                graph,
                (example,),
                dynamic_shapes=opened,
                strict=False,
                prefer_deferred_runtime_asserts_over_guards=True,
            )
            return torch.onnx.export(
                program, dynamo=True, verbose=False, external_data=False,
                input_names=["image"], output_names=facts.outputs,
            ).model_proto  # fmt: skip
    except Exception as error:  # of whatever part of PyTorch
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        advice = (
            "" if facts.size is not None else ": fix the size with --fixed HxW, or take the size from tensors"
        )
        raise ValueError(f"{type(graph.network).__name__} cannot be exported{advice} ({reason})") from None
