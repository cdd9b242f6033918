"""Plugins for MMSegmentation. Importing this package registers its classes and does nothing else."""

from seg_plugins import (
    backbones,
    classical,
    datasets,
    decode_heads,
    hooks,
    loops,
    losses,
    metrics,
    optim,
    postprocess,
    roi_heads,
    runners,
    samplers,
    segmentors,
    transforms,
)

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "backbones",
    "classical",
    "datasets",
    "decode_heads",
    "hooks",
    "loops",
    "losses",
    "metrics",
    "optim",
    "postprocess",
    "roi_heads",
    "runners",
    "samplers",
    "segmentors",
    "transforms",
]
