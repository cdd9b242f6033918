"""Exported graphs of small networks, each made once per session."""

from functools import lru_cache
from pathlib import Path

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from seg_plugins.export.graph import ExportGraph
from seg_plugins.export.onnx_graph import onnx_graph
from seg_plugins.models.export_facts import ExportFacts
from seg_plugins.models.exported_file import ExportedFile
from seg_plugins.models.exported_network import ExportedNetwork
from tests.segmentors.base import build

CLASSES = 5


def facts_for(count=CLASSES, **changes):
    """Metadata of a network of three channels."""
    values = dict(
        classes=[f"class {i}" for i in range(count)], palette=[[i, 0, 0] for i in range(count)],
        channels=3, channel_order="RGB", mean=[], std=[], bgr_to_rgb=True, input="float32",
        outputs=["logits"], size=None,
        min_size=1, threshold=None, loader=dict(type="LoadSegImage"), scale=[], model={}, steps={},
        config="small", licence="", commit="",
    )  # fmt: skip
    return ExportFacts(**values | changes)


@torch.no_grad()
def shuffle_statistics(network):
    """Give batch normalisations statistics and weights as a training would; returns the network."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            if module.affine:
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
    return network.eval()


def exported(network, **changes):
    """The graph of a network, in ONNX Runtime."""
    facts = facts_for(**changes)
    model = onnx_graph(ExportGraph(network, facts))
    return ExportedNetwork(ExportedFile(Path("x.onnx"), model.SerializeToString(), facts), 1)


@lru_cache
def family(name, size=None):
    """A tiny network of the zoo and its exported graph, for images of any size or of one."""
    network = shuffle_statistics(build(name, CLASSES))
    return network, exported(network, size=size)
