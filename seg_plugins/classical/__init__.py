"""Classical segmentation: region generators, and graph cuts and random walks that refine labels."""

from .cluster_regions import ClusterRegions
from .felzenszwalb_regions import FelzenszwalbRegions
from .grab_cut import GrabCut
from .hsv_regions import HsvRegions
from .max_flow_cut import MaxFlowCut
from .mean_shift_regions import MeanShiftRegions
from .normalized_cut_regions import NormalizedCutRegions
from .random_walker import RandomWalker
from .region_growing import RegionGrowing
from .slic_regions import SlicRegions
from .threshold_regions import ThresholdRegions
from .watershed_regions import WatershedRegions

__all__ = [
    "ClusterRegions",
    "FelzenszwalbRegions",
    "GrabCut",
    "HsvRegions",
    "MaxFlowCut",
    "MeanShiftRegions",
    "NormalizedCutRegions",
    "RandomWalker",
    "RegionGrowing",
    "SlicRegions",
    "ThresholdRegions",
    "WatershedRegions",
]
