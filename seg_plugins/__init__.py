"""Plugins for MMSegmentation. Importing this package registers its classes and does nothing else."""

from seg_plugins import (
    datasets,
    hooks,
    losses,
    metrics,
    optim,
    postprocess,
    runners,
    segmentors,
    transforms,
)

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "datasets",
    "hooks",
    "losses",
    "metrics",
    "optim",
    "postprocess",
    "runners",
    "segmentors",
    "transforms",
]
