"""Data sets: what a class is called, how it is coloured, and where its files lie."""

from .camvid_dataset import CamVidDataset
from .checked_seg_dataset import CheckedSegDataset
from .synth_streets_dataset import SynthStreetsDataset

__all__ = ["CamVidDataset", "CheckedSegDataset", "SynthStreetsDataset"]
