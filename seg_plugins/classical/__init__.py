"""Classical segmentation: what finds regions without a network."""

from .slic_regions import SlicRegions

__all__ = ["SlicRegions"]
