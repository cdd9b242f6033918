"""Decode heads, which turn an encoder's features into class scores."""

from .aspp_sum_head import ASPPSumHead
from .fcn_skip_head import FCNSkipHead
from .segnet_head import SegNetHead

__all__ = ["ASPPSumHead", "FCNSkipHead", "SegNetHead"]
