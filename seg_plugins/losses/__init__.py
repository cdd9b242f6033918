"""Losses for dense prediction."""

from .cl_dice_loss import ClDiceLoss
from .exact_cross_entropy_loss import ExactCrossEntropyLoss
from .focal_tversky_loss import FocalTverskyLoss
from .generalized_cross_entropy_loss import GeneralizedCrossEntropyLoss
from .hausdorff_dt_loss import HausdorffDTLoss
from .kervadec_boundary_loss import KervadecBoundaryLoss
from .log_cosh_dice_loss import LogCoshDiceLoss
from .lovasz_hinge_loss import LovaszHingeLoss
from .lovasz_softmax_loss import LovaszSoftmaxLoss
from .mask_set_loss import MaskSetLoss
from .ohem_cross_entropy_loss import OhemCrossEntropyLoss
from .rmi_loss import RMILoss
from .soft_dice_loss import SoftDiceLoss
from .soft_tversky_loss import SoftTverskyLoss
from .softmax_focal_loss import SoftmaxFocalLoss
from .symmetric_cross_entropy_loss import SymmetricCrossEntropyLoss
from .weighted_sum_loss import WeightedSumLoss

__all__ = [
    "ClDiceLoss",
    "ExactCrossEntropyLoss",
    "FocalTverskyLoss",
    "GeneralizedCrossEntropyLoss",
    "HausdorffDTLoss",
    "KervadecBoundaryLoss",
    "LogCoshDiceLoss",
    "LovaszHingeLoss",
    "LovaszSoftmaxLoss",
    "MaskSetLoss",
    "OhemCrossEntropyLoss",
    "RMILoss",
    "SoftDiceLoss",
    "SoftTverskyLoss",
    "SoftmaxFocalLoss",
    "SymmetricCrossEntropyLoss",
    "WeightedSumLoss",
]
