"""Plugins for MMSegmentation. Importing this package registers its classes and does nothing else."""

__version__ = "0.1.0"
__all__ = ["__version__"]
