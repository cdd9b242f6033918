"""Upstream's photometric distortion by lookup tables, for any number of channels."""

import cv2
import numpy as np
from mmseg.datasets.transforms import PhotoMetricDistortion
from mmseg.registry import TRANSFORMS

__all__ = ["FastPhotoMetricDistortion"]

VALUES = np.arange(256, dtype=np.uint8)
HUES = 180  # hue values in OpenCV's 8-bit HSV, two degrees each


@TRANSFORMS.register_module()
class FastPhotoMetricDistortion(PhotoMetricDistortion):
    """mmseg's `PhotoMetricDistortion`: brightness, contrast, saturation, hue, each with probability 1/2.

    For 8-bit blue-green-red images it draws the same numbers and gives the same pixels, but faster. Images
    with another number of channels have no hue, so only brightness and contrast change. In float32 images,
    `brightness_delta` / 255 is the largest change of brightness as a share of the image's own range.

    The arguments are upstream's.
    """

    def convert(self, img: np.ndarray, alpha: float = 1, beta: float = 0) -> np.ndarray:
        """Return `img * alpha + beta`, clipped to 0..255 for 8-bit images."""
        if img.dtype != np.uint8:
            span = float(img.max() - img.min()) / 255
            return (img * np.float32(alpha) + np.float32(beta * span)).astype(img.dtype)
        return cv2.LUT(img, super().convert(VALUES, alpha, beta)).reshape(img.shape)

    def saturation(self, img: np.ndarray) -> np.ndarray:
        """Distort the saturation of 8-bit colour images."""
        if np.random.randint(2):
            alpha = np.random.uniform(self.saturation_lower, self.saturation_upper)
            img = self.in_hsv(img, 1, super().convert(VALUES, alpha))
        return img

    def hue(self, img: np.ndarray) -> np.ndarray:
        """Distort the hue of 8-bit colour images."""
        if np.random.randint(2):
            delta = np.random.randint(-self.hue_delta, self.hue_delta)
            img = self.in_hsv(img, 0, ((VALUES.astype(int) + delta) % HUES).astype(np.uint8))
        return img

    @staticmethod
    def in_hsv(img: np.ndarray, channel: int, table: np.ndarray) -> np.ndarray:
        """Apply a (256,) uint8 table to hue (channel 0) or saturation (1)."""
        if img.dtype != np.uint8 or img.ndim != 3 or img.shape[2] != 3:
            return img
        hsv = cv2.cvtColor(img, cv2.COLOR_BGR2HSV)
        cv2.insertChannel(cv2.LUT(cv2.extractChannel(hsv, channel), table), hsv, channel)
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
