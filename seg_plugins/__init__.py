"""Plugins for MMSegmentation. `seg_plugins.register` registers them; importing this package loads nothing.

Older code that imported this package to register them still works if MMSegmentation is already loaded.
"""

import sys
import warnings

__version__ = "0.1.0"
__all__ = ["__version__"]


def _named_by_a_config() -> bool:
    """Return whether a config's `custom_imports` imports this package."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_name != "import_modules_from_strings":
        frame = frame.f_back
    return frame is not None and "seg_plugins" in frame.f_locals.get("imports", ())


if _named_by_a_config():
    warnings.warn(
        'custom_imports names "seg_plugins", but "seg_plugins.register" now registers the classes: write '
        'custom_imports = dict(imports=["seg_plugins.register"], allow_failed_imports=False)',
        stacklevel=2,
    )
if "mmseg.registry" in sys.modules:
    from . import register  # noqa: F401
