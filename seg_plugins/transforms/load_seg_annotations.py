"""Loading of label maps; errors name the file."""

from typing import Any

import cv2
import mmengine.fileio as fileio
import numpy as np
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets.label_check import IdRule, count_ids, describe_bad_ids, describe_sizes, require_ids
from seg_plugins.files.image_bytes import PNG
from seg_plugins.files.no_data import without_data
from seg_plugins.files.orientation import orientation, turn
from seg_plugins.files.picture_pixels import opened_picture, picture_pixels

__all__ = ["LoadSegAnnotations", "decode_label", "to_train_ids"]

GREY_8_BITS = b"\x08\x00"  # bytes 24 and 25 of a PNG: bit depth and colour type


def decode_label(data: bytes, name: object) -> np.ndarray:
    """Decode the content of a label file.

    Args:
        data: A PNG of 8 bits per pixel, grey or with a palette.
        name: Name of the file, for the message.

    Returns:
        (H, W) uint8, the ids in the file, in the orientation in which it is shown.

    Raises:
        ValueError: If the file is damaged, holds colours, or has more than 8 bits per pixel.
    """
    if data[:8] == PNG and data[24:26] == GREY_8_BITS:
        label = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)  # faster than Pillow
        if label is None:
            raise ValueError(f"label {name} cannot be decoded (its data are damaged): make it again")
        if label.ndim == 2:
            return turn(label, orientation(data))
    with opened_picture(data, "label", name) as picture:
        return np.array(picture_pixels(require_ids(picture, name), data), dtype=np.uint8)


def to_train_ids(
    label: np.ndarray, reduce_zero_label: bool, label_map: dict[int, int] | None, ignore_index: int = 255
) -> np.ndarray:
    """Convert ids of a file to training ids.

    Args:
        label: (H, W) uint8.
        reduce_zero_label: Whether 0 becomes 255 and every other id is lowered by one.
        label_map: New id of each old id, applied afterwards, or None.
        ignore_index: Id in the file that becomes 255.

    Returns:
        (H, W) uint8.

    >>> to_train_ids(np.array([[0, 1, 255]], np.uint8), True, None).tolist()
    [[255, 0, 255]]
    """
    same = np.arange(256)
    table = np.where((same == 0) | (same == 255), 255, same - 1) if reduce_zero_label else same.copy()
    if label_map is not None:
        new_ids = same.copy()
        new_ids[list(label_map)] = list(label_map.values())
        table = new_ids[table]
    table[ignore_index] = 255
    return label if (table == same).all() else cv2.LUT(label, table.astype(np.uint8))


@TRANSFORMS.register_module()
class LoadSegAnnotations(LoadAnnotations):
    """Load `gt_seg_map` from `seg_map_path`, as mmseg's `LoadAnnotations` does, and check it.

    A label is read as a viewer shows it, as its image is. Pixels without data in the image are ignored.
    Entries without `seg_map_path` pass unchanged, so that one pipeline serves both validation and upstream's
    inference functions, which recognise only their own class by name.

    Args:
        **kwargs: Arguments of `LoadAnnotations`.

    Raises:
        ValueError: If a label is faulty, or `reduce_zero_label` differs from the data set's.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add `gt_seg_map` (H, W) uint8."""
        if results.get("seg_map_path") is None:
            return results
        return super().transform(results)

    def _load_seg_map(self, results: dict[str, Any]) -> None:
        name = results["seg_map_path"]
        wanted = bool(results.get("reduce_zero_label", False))
        if self.reduce_zero_label is not None and self.reduce_zero_label != wanted:
            raise ValueError(
                f"LoadSegAnnotations(reduce_zero_label={self.reduce_zero_label}), but the data set of "
                f"{name} says {wanted}: remove it from the pipeline and set it at the data set, which "
                "checks and counts by it"
            )
        try:
            data = fileio.get(name, backend_args=self.backend_args)
        except FileNotFoundError:
            raise FileNotFoundError(f"label {name} is missing: add it, or remove its image") from None
        code = results.get("mask_code")
        if code is not None:
            label = to_train_ids(code.read(data, name), False, results.get("label_map"))
        else:
            label = self.plain_ids(data, name, results)
        self.require_size(results, label)
        nothing = without_data(results.get("missing"))
        if nothing is not None and nothing.shape == label.shape:
            label = np.where(nothing, np.uint8(255), label)
        results["gt_seg_map"] = label
        results["seg_fields"].append("gt_seg_map")

    @staticmethod
    def plain_ids(data: bytes, name: object, results: dict[str, Any]) -> np.ndarray:
        """Read a label file of 8-bit ids; return training ids (H, W) uint8."""
        label = decode_label(data, name)
        reduce_zero_label = bool(results.get("reduce_zero_label", False))
        ignore_index = results.get("ignore_index", 255)
        if "num_file_classes" in results:
            rule = IdRule(results["num_file_classes"], ignore_index, reduce_zero_label)
            if not rule.allows(label):
                raise ValueError(describe_bad_ids(name, count_ids(label), rule))
        return to_train_ids(label, reduce_zero_label, results.get("label_map"), ignore_index)

    @staticmethod
    def require_size(results: dict[str, Any], label: np.ndarray) -> None:
        """Raise ValueError if the label differs in size from the image before any resizing."""
        shape = results.get("ori_shape")
        if shape is not None and tuple(shape[:2]) != label.shape:
            raise ValueError(
                describe_sizes(results["seg_map_path"], label.shape, results["img_path"], shape[:2])
            )
