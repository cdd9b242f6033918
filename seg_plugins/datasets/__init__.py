"""Data sets: names and colours of their classes, and the location of their files."""

from .ade20k_seg_dataset import ADE20KSegDataset
from .camvid_dataset import CamVidDataset
from .checked_seg_dataset import CheckedSegDataset
from .cityscapes_seg_dataset import CityscapesSegDataset
from .drive_seg_dataset import DriveSegDataset
from .epfl_roads_dataset import EPFLRoadsDataset
from .folder_seg_dataset import FolderSegDataset
from .human_matte_dataset import HumanMatteDataset
from .isbi_em_dataset import ISBIEMDataset
from .keyed_dataset import KeyedDataset
from .love_da_seg_dataset import LoveDASegDataset
from .magnetic_tile_dataset import MagneticTileDataset
from .multi_source_dataset import MultiSourceDataset
from .packed_seg_dataset import PackedSegDataset
from .synth_streets_dataset import SynthStreetsDataset
from .voc12_aug_seg_dataset import VOC12AugSegDataset

__all__ = [
    "ADE20KSegDataset",
    "CamVidDataset",
    "CheckedSegDataset",
    "CityscapesSegDataset",
    "DriveSegDataset",
    "EPFLRoadsDataset",
    "FolderSegDataset",
    "HumanMatteDataset",
    "ISBIEMDataset",
    "KeyedDataset",
    "LoveDASegDataset",
    "MagneticTileDataset",
    "MultiSourceDataset",
    "PackedSegDataset",
    "SynthStreetsDataset",
    "VOC12AugSegDataset",
]
