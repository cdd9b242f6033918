"""Plugins for MMSegmentation. `seg_plugins.register` registers them; importing this loads nothing."""

__version__ = "0.1.0"
__all__ = ["__version__"]
