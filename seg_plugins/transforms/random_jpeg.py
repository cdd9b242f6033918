"""Random JPEG compression."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

__all__ = ["RandomJPEG", "compress"]


def compress(image: np.ndarray, quality: int) -> np.ndarray:
    """Encode and decode an 8-bit image as JPEG: three channels as colour, other numbers one by one."""
    if image.ndim == 3 and image.shape[2] != 3:
        return np.stack([compress(image[..., i], quality) for i in range(image.shape[2])], axis=-1)
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return cv2.imdecode(data, cv2.IMREAD_UNCHANGED)


@TRANSFORMS.register_module()
class RandomJPEG(BaseTransform):
    """Compress 8-bit images as JPEG; float32 images, which JPEG cannot hold, pass unchanged.

    Args:
        prob: Probability.
        quality: Lowest and highest quality, 1 to 100.
    """

    def __init__(self, prob: float = 0.2, quality: tuple[int, int] = (35, 90)) -> None:
        self.prob, self.quality = prob, quality

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img`."""
        if np.random.random_sample() >= self.prob:
            return results
        quality = int(np.random.randint(self.quality[0], self.quality[1] + 1))
        if results["img"].dtype == np.uint8:
            results["img"] = compress(results["img"], quality)
        return results
