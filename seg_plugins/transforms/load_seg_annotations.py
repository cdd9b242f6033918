"""Loads a label map and names the file where it does not fit."""

import io
from typing import Any

import cv2
import mmengine.fileio as fileio
import numpy as np
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets.label_check import IdRule, count_ids, describe_bad_ids, require_ids
from seg_plugins.datasets.mask_code import read_mask
from seg_plugins.files.pictures import open_picture

from .image_bytes import PNG

__all__ = ["LoadSegAnnotations", "decode_label", "to_train_ids"]

GREY_8_BITS = b"\x08\x00"  # bytes 24 and 25 of a PNG: bits a sample, kind of pixel


def decode_label(data: bytes, name: object) -> np.ndarray:
    """Decodes the bytes of a label file.

    Args:
        data: A PNG of 8 bits a pixel, grey or with a palette.
        name: Its name, for the message.

    Returns:
        (H, W) uint8, the ids as they are in the file.

    Raises:
        ValueError: If the file is damaged, holds colours, or more than 8 bits a pixel.
    """
    if data[:8] == PNG and data[24:26] == GREY_8_BITS:
        label = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)  # sooner than Pillow
        if label is None:
            raise ValueError(f"label {name} cannot be decoded (its data are damaged): make it again")
        if label.ndim == 2:
            return label
    try:
        image = open_picture(io.BytesIO(data))
        require_ids(image, name).load()
    except (OSError, SyntaxError) as error:
        raise ValueError(f"label {name} cannot be decoded ({error}): make it again") from error
    return np.array(image, dtype=np.uint8)


def to_train_ids(
    label: np.ndarray, reduce_zero_label: bool, label_map: dict[int, int] | None, ignore_index: int = 255
) -> np.ndarray:
    """Turns ids of a file into ids of training.

    Args:
        label: (H, W) uint8.
        reduce_zero_label: Whether 0 becomes 255 and every other id one less.
        label_map: New id of each old id, applied after that, or None.
        ignore_index: The id in the file that becomes 255.

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
    """Loads `gt_seg_map` from `seg_map_path`, as mmseg's `LoadAnnotations`, and checks it.

    Entries without `seg_map_path` pass unchanged, so that one pipeline serves validation and upstream's
    inference functions, which know only their own class by name.

    Args:
        **kwargs: As `LoadAnnotations`.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Adds `gt_seg_map` (H, W) uint8."""
        if results.get("seg_map_path") is None:
            return results
        return super().transform(results)

    def _load_seg_map(self, results: dict[str, Any]) -> None:
        name = results["seg_map_path"]
        try:
            data = fileio.get(name, backend_args=self.backend_args)
        except FileNotFoundError:
            raise FileNotFoundError(f"label {name} is missing: add it, or take its image away") from None
        code = results.get("mask_code")
        if code is not None:
            label = code.decode(read_mask(data, name, code.colours), name)
            self.require_size(results, label)
            results["gt_seg_map"] = to_train_ids(label, False, results.get("label_map"))
            results["seg_fields"].append("gt_seg_map")
            return
        label = decode_label(data, name)
        reduce_zero_label = bool(results.get("reduce_zero_label", False))
        ignore_index = results.get("ignore_index", 255)
        if "num_file_classes" in results:
            rule = IdRule(results["num_file_classes"], ignore_index, reduce_zero_label)
            if not rule.allows(label):
                raise ValueError(describe_bad_ids(name, count_ids(label), rule))
        self.require_size(results, label)
        results["gt_seg_map"] = to_train_ids(label, reduce_zero_label, results.get("label_map"), ignore_index)
        results["seg_fields"].append("gt_seg_map")

    @staticmethod
    def require_size(results: dict[str, Any], label: np.ndarray) -> None:
        """Raises ValueError unless the label is as large as the image was before any resizing."""
        shape = results.get("ori_shape")
        if shape is not None and tuple(shape[:2]) != label.shape:
            raise ValueError(
                f"label {results['seg_map_path']} is {label.shape[0]}x{label.shape[1]} (HxW), its image "
                f"{results['img_path']} is {shape[0]}x{shape[1]}: resize the label with nearest neighbour"
            )
