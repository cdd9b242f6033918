"""Tracing of a segmentor into an ONNX graph."""

import re
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


def reason_of(error: BaseException) -> str:
    """Return in a line why PyTorch could not trace or translate a network."""
    while error.__cause__ is not None:  # the outer ones say where to look for help
        error = error.__cause__
    text = str(error).strip()
    if found := re.search(r"No ONNX function found for <OpOverload\(op='aten\.(\w+)'", text):
        return f"ONNX has no operator for {found[1]}"
    if found := re.search(r"(?:violated|required) \((height|width)\b", text):
        return f"its code makes a number of the image's {found[1]}"
    return text.splitlines()[0][:300].rstrip(".") if text else type(error).__name__


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
            graph(example)  # what a network makes at its first call must not be made of traced tensors
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
        name, reason = type(graph.network).__name__, reason_of(error)
        advice = ". Fix the size with --fixed HxW, or take sizes from tensors" if facts.size is None else ""
        raise ValueError(f"{name} cannot be exported: {reason}{advice}") from None
