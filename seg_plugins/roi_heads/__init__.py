"""Heads for regions of an image, used by Mask R-CNN."""

from .box_head import BoxHead
from .mask_head import MaskHead
from .rpn_head import RPNHead

__all__ = ["BoxHead", "MaskHead", "RPNHead"]
