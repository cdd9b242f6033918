"""Post-processing steps for `postprocess=[...]`, each a pure function and a registered class."""

from .dense_crf import DenseCRF

__all__ = ["DenseCRF"]
