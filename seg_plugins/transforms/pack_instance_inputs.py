"""Packing of instance ids together with the inputs that mmseg packs."""

from typing import Any

import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.datasets.transforms import PackSegInputs
from mmseg.registry import TRANSFORMS

__all__ = ["PackInstanceInputs"]


@TRANSFORMS.register_module()
class PackInstanceInputs(PackSegInputs):
    """mmseg's `PackSegInputs`, which also packs `gt_instance_map` if there is one."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add `gt_instance_map` (1, H, W) int64 to the data sample."""
        packed = super().transform(results)
        if "gt_instance_map" in results:
            ids = np.ascontiguousarray(results["gt_instance_map"], dtype=np.int64)
            packed["data_samples"].gt_instance_map = PixelData(data=torch.from_numpy(ids)[None])
        return packed
