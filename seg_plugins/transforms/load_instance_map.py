"""Loading of the instance map that lies beside a label map."""

from collections.abc import Mapping
from typing import Any

import mmengine.fileio as fileio
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from seg_plugins.files.picture_pixels import opened_picture, picture_pixels

__all__ = ["LoadInstanceMap"]


@TRANSFORMS.register_module()
class LoadInstanceMap(BaseTransform):
    """Load `gt_instance_map` from the file beside the label map; later flips, crops and resizes apply to it.

    List it after the transform that loads the label map. Entries without a label map pass unchanged.

    Args:
        replace: Replacements in the path of the label map that give the path of the instance map, for example
            `{"labels/": "instances/"}`.
        backend_args: As for `mmcv.transforms.LoadImageFromFile`.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If nothing in the path is replaced, or the two maps differ in size.
    """

    def __init__(self, replace: Mapping[str, str], backend_args: dict | None = None) -> None:
        self.replace, self.backend_args = dict(replace), backend_args

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add `gt_instance_map` (H, W) int32, 0 = no instance."""
        labels = results.get("seg_map_path")
        if labels is None:
            return results
        name = labels
        for old, new in self.replace.items():
            name = name.replace(old, new)
        if name == labels:
            raise ValueError(f"LoadInstanceMap(replace={self.replace}) changes nothing in {labels}")
        try:
            data = fileio.get(name, backend_args=self.backend_args)
        except FileNotFoundError:
            raise FileNotFoundError(f"instance map {name} is missing; the label map is {labels}") from None
        with opened_picture(data, "instance map", name) as picture:
            ids = np.array(picture_pixels(picture, data), dtype=np.int32)
        if ids.shape != results["gt_seg_map"].shape:
            raise ValueError(
                f"instance map {name} is {ids.shape}, label map is {results['gt_seg_map'].shape}"
            )
        results["gt_instance_map"] = ids
        results["seg_fields"].append("gt_instance_map")
        return results
