"""Plugins for MMSegmentation. Importing this package registers its classes and does nothing else."""

from seg_plugins import losses, metrics, optim, postprocess, segmentors

__version__ = "0.1.0"
__all__ = ["__version__", "losses", "metrics", "optim", "postprocess", "segmentors"]
