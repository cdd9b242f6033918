"""Register every class of the package with MMEngine; importing this module does nothing else."""

from . import (
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
    regimes,
    roi_heads,
    runners,
    samplers,
    segmentors,
    transforms,
)

__all__ = [
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
    "regimes",
    "roi_heads",
    "runners",
    "samplers",
    "segmentors",
    "transforms",
]
