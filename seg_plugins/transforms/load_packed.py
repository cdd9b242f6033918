"""Loading of an image or label map from a pack."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets.pack_file import PackReader

__all__ = ["LoadPacked"]


@TRANSFORMS.register_module()
class LoadPacked(BaseTransform):
    """Load what a packed loading transform gave; `PackedSegDataset` puts this transform in its place.

    Args:
        pack: The pack; the entry is found by the sample's index in the data set.
        part: "image" or "labels".
        copy: Whether to read all of it. Otherwise the result is a read-only view, whose pixels are read on
            access.
    """

    def __init__(self, pack: PackReader, part: str, copy: bool = True) -> None:
        assert part in ("image", "labels")
        self.pack, self.part, self.copy = pack, part, copy

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add `img`, `img_shape` and `ori_shape`, or `gt_seg_map`."""
        array = self.pack.read(results["sample_idx"], self.part)
        if array is None:
            return results
        array = np.array(array) if self.copy else array
        if self.part == "image":
            results["img"] = array
            results["img_shape"] = results["ori_shape"] = array.shape[:2]
        else:
            results["gt_seg_map"] = array
            results["seg_fields"].append("gt_seg_map")
        return results
